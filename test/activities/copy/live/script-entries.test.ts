import { expect, test } from 'vitest';
import { scriptEntries } from '../../../../activities/copy/live/script-entries.ts';

const LIST = `; comment
12; 1259 4711 INDEX public people_name owner
13; 2606 4712 FK CONSTRAINT public people people_fkey owner
14; 0 0 INDEX ATTACH public parent child
`;
const entry = (id: number, sql: string): string =>
  `--\n-- TOC entry ${id} (class 1259 OID 4711)\n-- Dependencies: 3\n-- Name: x; Type: INDEX; Schema: public; Owner: -\n--\n\n${sql}\n\n\n`;
const script = (body: string): string =>
  `--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\nSET transaction_timeout = 0;\n\n${body}-- Completed on 2026-11-22 20:00:00 UTC\n\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n`;

test('every entry comes with its statements, its kind and its row, without the settings around', () => {
  const made = scriptEntries(script(entry(12, 'CREATE INDEX a;') + entry(13, 'ALTER TABLE b;')), LIST);
  expect(made).toEqual([
    { id: 12, kind: 'INDEX', row: '1259:4711', sql: 'CREATE INDEX a;' },
    { id: 13, kind: 'FK CONSTRAINT', row: '2606:4712', sql: 'ALTER TABLE b;' },
  ]);
});

test('text of an object that looks like an entry is refused rather than taken for one', () => {
  expect(() => scriptEntries(script(entry(12, `x\n${entry(12, 'DROP')}`)), LIST)).toThrow(/entry 12.*twice/);
  expect(() => scriptEntries(script(entry(99, 'DROP')), LIST)).toThrow(/entry 99, which is not in its list/);
});

test('a script that was cut off is refused', () => {
  expect(() => scriptEntries(entry(12, 'CREATE INDEX a;'), LIST)).toThrow('without an end');
});
