import { expect, test } from 'vitest';
import { liveTally } from '../../../../activities/copy/live/live-tally.ts';
import { syncMeter } from '../../../../activities/copy/live/sync-meter.ts';

const seen = (state: string, rows = 0) => ({ name: 'left', state, rows, bytes: rows * 10 });

test('a table that PostgreSQL syncs is told like one of our own copying, also where its COPY began again', () => {
  const left = { name: 'left', bytes: 2000 };
  let now = 0;
  const tally = liveTally(() => now);
  tally.plan([{ name: 'done', bytes: 5000 }, left], ({ name }) =>
    name === 'done' ? { rows: 50, bytes: 5000 } : undefined,
  );
  const meter = syncMeter([left], tally);
  const done = { name: 'done', state: 'r', rows: 0, bytes: 0 };

  meter([done, seen('i')]);
  expect(tally.look()).toMatchObject({ tablesDone: 1, underWay: [] });
  meter([done, seen('d', 60)]);
  now = 1000;
  expect(tally.look()).toMatchObject({ bytesPerSecond: 600, etaMs: 2333 });
  meter([done, seen('d', 100)]);
  expect(tally.look().underWay).toEqual([expect.objectContaining({ table: 'left', rows: 100, bytes: 1000 })]);
  meter([done, seen('d', 20)]);
  expect(tally.look().underWay).toEqual([expect.objectContaining({ rows: 100 })]);
  meter([done, seen('f')]);
  expect(tally.look().tablesDone).toBe(1);
  meter([done, seen('s')]);
  meter([done, seen('r')]);
  expect(tally.look()).toMatchObject({ tablesDone: 2, rows: 150, underWay: [] });
});

test('what PostgreSQL brought while nobody looked says nothing of its rate', () => {
  let now = 0;
  const tally = liveTally(() => now);
  const left = { name: 'left', bytes: 2000 };
  tally.plan([left], () => undefined);
  const meter = syncMeter([left], tally);
  now = 1000;
  meter([seen('d', 100)]);
  expect(tally.look()).toMatchObject({ bytes: 1000, bytesPerSecond: 0, etaMs: null });
  now = 2000;
  meter([seen('d', 150)]);
  expect(tally.look()).toMatchObject({ bytes: 1500, bytesPerSecond: 500, etaMs: 1000 });
});
