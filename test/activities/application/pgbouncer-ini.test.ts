import { describe, expect, test } from 'vitest';
import { findDatabaseLine, readdressed, replaceLine } from '../../../activities/application/pgbouncer-ini.ts';

const INI = `; app = host=in-a-comment
[pgbouncer]
app = host=in-another-section
[databases]
# the one that counts
app = host=old.example port=5432 dbname=app user='the ''one''' pool_size=5
"my ""app""" = host=old.example
* = host=anywhere
`;
const to = { host: 'new.example', port: 6000, database: 'app' };

const pointed = (text: string, name: string, at = to): string => {
  const line = findDatabaseLine('pgbouncer.ini', text, name);
  return replaceLine(text, line, readdressed(line.written, at));
};

describe('the line of a pool', () => {
  test('is found in its section, beside comments and other sections, with its address', () => {
    expect(findDatabaseLine('pgbouncer.ini', INI, 'app').address).toEqual({
      host: 'old.example',
      port: 5432,
      database: 'app',
    });
  });

  test('gets another address and keeps everything else of the file', () => {
    expect(pointed(INI, 'app')).toBe(
      INI.replace('app = host=old.example port=5432 dbname=app', 'app = host=new.example port=6000 dbname=app'),
    );
  });

  test('gets written out what it had left to PgBouncer, under a quoted name too', () => {
    expect(pointed(INI, 'my "app"')).toContain('"my ""app""" = host=new.example port=6000 dbname=app\n');
    expect(findDatabaseLine('pgbouncer.ini', INI, 'my "app"').address).toMatchObject({
      database: 'my "app"',
      port: 5432,
    });
  });

  test('has a database of an unusual name in quotes, and reads it back', () => {
    const text = pointed(INI, 'app', { ...to, database: `it's one` });
    expect(text).toContain(`dbname='it''s one' user='the ''one''' pool_size=5`);
    expect(findDatabaseLine('pgbouncer.ini', text, 'app').address.database).toBe(`it's one`);
  });

  test('keeps the ends of its lines', () => {
    const windows = INI.replaceAll('\n', '\r\n');
    expect(pointed(windows, 'app')).toBe(pointed(INI, 'app').replaceAll('\n', '\r\n'));
  });

  test.each([
    ['is missing', INI, 'other', 'found no other in [databases]'],
    ['stands twice', `${INI}app = host=third\n`, 'app', 'found app 2 times'],
    ['is only what * stands for', '[databases]\n* = host=old.example\n', 'app', 'found no app'],
  ])('is refused where it %s', (_, text, name, message) => {
    expect(() => findDatabaseLine('pgbouncer.ini', text, name)).toThrow(message);
  });
});
