import { expect, test } from 'vitest';
import type { CopyProgress, LiveCopyProgress } from '../../model/copy-progress.ts';
import { copyLines } from '../../model/copy-words.ts';

const copy = (live: LiveCopyProgress | null): CopyProgress => ({
  stage: live === null ? 'restore' : 'rows',
  tables: 7,
  tablesDone: 3,
  bytes: 3 * 1024 ** 2,
  live,
});
const table = (name: string, ofBytes: number) => ({ table: name, rows: 1_234, bytes: 512, ofBytes, etaMs: 90_000 });
const live = (underWay: LiveCopyProgress['underWay']): LiveCopyProgress => ({
  ofBytes: 6 * 1024 ** 2,
  rows: 5_000,
  bytesPerSecond: 1024 ** 2,
  etaMs: 3_000,
  remark: null,
  underWay,
});

test('a copy by a dump says how many tables it is through with, and how much that is', () => {
  expect(copyLines(copy(null))).toEqual(['restore: 3 of 7 tables, 3 MB']);
});

test('a copy of a live database says its rate and its end, and a line for each table under way, the biggest first', () => {
  expect(copyLines(copy(live([table('public.small', 1024), table('public.big', 4096)])))).toEqual([
    'rows: 3 of 7 tables, 3 MB of about 6 MB, 1 MB/s, rows copied in about 3 s',
    'public.big: 1,234 rows, 512 B of about 4 KB, about 1 min 30 s left',
    'public.small: 1,234 rows, 512 B of about 1 KB, about 1 min 30 s left',
  ]);
});

test('a table sync says the same, and what of the plan it does not keep to', () => {
  const syncing = { ...live([table('public.big', 4096)]), remark: 'not bounded' };
  expect(copyLines({ ...copy(syncing), stage: 'sync' })).toEqual([
    'sync: 3 of 7 tables, 3 MB of about 6 MB, 1 MB/s, rows copied in about 3 s',
    'not bounded',
    'public.big: 1,234 rows, 512 B of about 4 KB, about 1 min 30 s left',
  ]);
});

test('tables beyond what a person follows are counted', () => {
  const many = Array.from({ length: 7 }, (_, at) => table(`t${at}`, at));
  expect(copyLines(copy(live(many))).at(-1)).toBe('and 2 more tables');
});
