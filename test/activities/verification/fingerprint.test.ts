import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Session } from '../../../activities/clients.ts';
import { fingerprintAll, HASH_SETTINGS, type Fingerprint } from '../../../activities/verification/fingerprint.ts';
import { tablesToHash } from '../../../activities/verification/table-list.ts';
import { startPair, type Pair, type SideName } from '../../postgres-pair.ts';

/** Literals per type: each list holds values a sloppy hash takes for one. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  int2: ['-32768', '0', '1'],
  int4: ['-1', '2147483647'],
  int8: ['4294967297', '1', '-9223372036854775808'],
  bool: ['true', 'false'],
  date: [`'infinity'`, `'0044-03-15 BC'`, `'2026-11-22'`],
  uuid: [`'00000000-0000-0000-0000-000000000001'`],
  text: [`''`, `'é'`, `'e' || U&'\\0301'`, `repeat('long ', 5000)`],
  varchar: [`'a'`, `'A'`],
  bytea: [`'\\x00'`, `'\\x'`, `'\\x0000'`],
  '"char"': [`'a'`, `'\\377'`],
  name: [`'a name'`],
  bpchar: [`'a'`, `'a '`, `'a  '`],
  'char(5)': [`'a'`],
  float4: [`0`, `'-0'`, `'NaN'`, `1.1`, `'Infinity'`],
  float8: [`0`, `'-0'`, `'NaN'`, `0.1`, `1e-320`, `'-Infinity'`],
  numeric: ['1', '1.0', '1.00', `'NaN'`, `'Infinity'`, '1e-100', '12345678901234567890.123'],
  'numeric(10,2)': ['1.5'],
  money: [`'1234.56'`, `'-0.01'`],
  timestamp: [`'2026-03-29 01:30:00.123456'`, `'-infinity'`],
  timestamptz: [`'2026-03-29 01:30:00+00'`, `'infinity'`],
  time: [`'24:00'`, `'00:00'`],
  timetz: [`'12:00+00'`, `'13:00+01'`],
  interval: [`'1 day'`, `'24 hours'`, `'1 month'`, `'30 days'`, `'-1 day +24:00:00'`],
  json: [`'{"a":1}'`, `'{"a": 1}'`],
  jsonb: [`'{"a":1}'`, `'{"a":1.0}'`, `'{"a":1.00,"b":[null]}'`],
  jsonpath: [`'$.a ? (@ > 1)'`],
  xml: [`'<a/>'`, `'<?xml version="1.0" encoding="UTF-8"?><a>x</a>'`],
  bit: [`B'0'`, `B'1'`],
  'bit(12)': [`B'000000000001'`],
  varbit: [`B''`, `B'0'`, `B'00'`],
  inet: [`'10.0.0.1'`, `'10.0.0.1/8'`, `'::1'`],
  cidr: [`'10.0.0.0/8'`],
  macaddr: [`'08:00:2b:01:02:03'`],
  macaddr8: [`'08:00:2b:01:02:03:04:05'`],
  point: [`'(0,1)'`, `'(-0,1)'`, `'(NaN,Infinity)'`],
  line: [`'{1,-1,0}'`],
  lseg: [`'((0,0),(1,1))'`],
  box: [`'((0,0),(1,1))'`],
  path: [`'[(0,0),(1,1)]'`, `'((0,0),(1,1))'`],
  polygon: [`'((0,0),(1,1),(1,0))'`],
  circle: [`'<(0,0),1>'`],
  tsvector: [`'a:1A fat:2B cat'`],
  tsquery: [`'fat & (rat | !cat)'`, `'fat <-> rat'`],
  pg_lsn: [`'16/B374D848'`],
  oid: ['4294967295'],
  xid8: [`'18446744073709551615'`],
  int4range: [`'[1,5)'`, `'empty'`, `'(,)'`],
  numrange: [`'[1,2]'`, `'[1.0,2]'`, `'(1,2)'`],
  tstzrange: [`'[2026-01-01 00:00+00,)'`],
  int8multirange: [`'{[1,3),[5,7)}'`, `'{}'`],
  'int4[]': [`'{}'`, `'{1,NULL,3}'`, `'[0:1]={1,2}'`, `'{{1,2},{3,4}}'`],
  'text[]': [`'{a,"b,c",NULL,""}'`],
  'float8[]': [`'{0,-0,NaN}'`, `'{-0,0,NaN}'`],
  'numeric[]': [`'{1}'`, `'{1.0}'`],
  'jsonb[]': [`ARRAY['{"a":1.0}']::jsonb[]`],
  'numrange[]': [`ARRAY['[1,2]']::numrange[]`],
  regclass: [`'pg_class'`, `'stuff.plain'`],
  regtype: [`'stuff.mood'`, `'int4'`],
  'regclass[]': [`ARRAY['stuff.plain']::regclass[]`],
  aclitem: [`'admin_user=r/admin_user'`],
  refcursor: [`'c'`],
  'stuff.mood': [`'sad'`, `'ok'`],
  'stuff.mood[]': [`'{sad,ok}'`],
  'stuff.price': ['1', '1.00'],
  'stuff.name': [`'Ada'`],
  'stuff.pair': [`ROW(1, 'a', 'sad')`, `ROW(NULL, NULL, NULL)`, `ROW(1, '', 'ok')`],
  'stuff.pair[]': [`ARRAY[ROW(1, 'a', 'sad')::stuff.pair]`],
  'stuff.spanned': [`'[1.5,2.5]'`],
  'hstore.hstore': [`'a=>1, b=>NULL'`],
  'citext.citext': [`'Case'`, `'case'`],
};

const TYPES = `
CREATE SCHEMA stuff; CREATE SCHEMA hstore; CREATE SCHEMA citext;
CREATE EXTENSION hstore SCHEMA hstore; CREATE EXTENSION citext SCHEMA citext;
CREATE TYPE stuff.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN stuff.price AS numeric CHECK (value >= 0); CREATE DOMAIN stuff.name AS text COLLATE "C";
CREATE TYPE stuff.pair AS (n int, t text, m stuff.mood);
CREATE TYPE stuff.spanned AS RANGE (subtype = float8);
CREATE TABLE stuff.plain (id int)`;

describe('the fingerprint of a table', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ source: '15', target: '17' });
    // Objects of which the OIDs differ between the servers, so that a hash of OIDs shows.
    await pair.sql('target', 'CREATE TABLE shift_oids (id serial PRIMARY KEY, t text); DROP TABLE shift_oids');
    for (const side of ['source', 'target'] as const) await pair.sql(side, TYPES);
  });
  afterAll(() => pair.stop());
  beforeEach(async () => {
    for (const side of ['source', 'target'] as const)
      await pair.sql(side, 'DROP SCHEMA IF EXISTS probe CASCADE; CREATE SCHEMA probe');
  });

  async function prints(side: SideName, session?: Session): Promise<Fingerprint[]> {
    await using own = await pair.clients.openSession(pair[side], { name: 'test' });
    const used = session ?? own;
    await used.query(HASH_SETTINGS);
    return (await fingerprintAll([used])).filter(({ schema }) => schema === 'probe');
  }
  const hashes = async (side: SideName): Promise<Record<string, string>> =>
    Object.fromEntries((await prints(side)).map(({ table, rows, hash }) => [table, `${rows}:${hash}`]));

  test('is the same on 15 and 17 for every type, and differs for every pair of its values', async () => {
    const tables: string[] = [];
    for (const [type, values] of Object.entries(VALUES))
      for (const [index, value] of [...values, 'NULL'].entries()) {
        const table = `probe."${type.replaceAll('"', '')} #${index}"`;
        tables.push(`CREATE TABLE ${table} (n int, c ${type}, d int); INSERT INTO ${table} VALUES (1, ${value}, 2)`);
      }
    await pair.sql('source', tables.join(';'));
    await pair.sql('target', tables.join(';'));
    const [onSource, onTarget] = [await hashes('source'), await hashes('target')];
    expect(Object.keys(onSource)).toHaveLength(tables.length);
    expect(onTarget).toEqual(onSource);
    const alike = Object.keys(VALUES).filter((type) => {
      const own = Object.entries(onSource).filter(([table]) => table.startsWith(`${type.replaceAll('"', '')} #`));
      return new Set(own.map(([, hash]) => hash)).size !== own.length;
    });
    expect(alike).toEqual([]);
  });

  test('knows two bit patterns of NaN for the one value a dump makes of them', async () => {
    await pair.sql('source', `CREATE TABLE probe.nans AS SELECT 'Infinity'::float8 - 'Infinity'::float8 AS f`);
    await pair.sql('target', `CREATE TABLE probe.nans AS SELECT 'NaN'::float8 AS f`);
    const bits = `SELECT encode(float8send(f), 'hex') AS bits FROM probe.nans`;
    expect(await pair.sql('target', bits)).not.toEqual(await pair.sql('source', bits));
    expect(await hashes('target')).toEqual(await hashes('source'));
  });

  test.each([
    ['one value', `UPDATE probe.t SET b = b + 1 WHERE id = 7`],
    ['values swapped between two columns', `UPDATE probe.t SET a = b, b = a WHERE id = 8`],
    ['a row too few', `DELETE FROM probe.t WHERE id = 9`],
    ['a row twice', `INSERT INTO probe.t SELECT * FROM probe.t WHERE id = 1`],
    ['NULL for zero', `UPDATE probe.t SET c = NULL WHERE id = 1`],
    ['a bit above the 32nd', `UPDATE probe.t SET big = big # (1::bigint << 40) WHERE id = 1`],
  ])('changes by %s', async (_what, sql) => {
    const make = `CREATE TABLE probe.t AS SELECT id, id * 10 AS a, id AS b, 0 AS c, id::bigint << 33 AS big FROM generate_series(1, 20) id`;
    await pair.sql('source', make);
    await pair.sql('target', `${make}; ${sql}`);
    expect((await hashes('target'))['t']).not.toBe((await hashes('source'))['t']);
  });

  test('changes by values swapped between two rows, whichever two', async () => {
    // A hash that is linear modulo 2^64 takes most of these for nothing, but not all: one swap alone would prove little.
    const swaps = Array.from({ length: 19 }, (_, index) => index + 1);
    const make = (swap: number) =>
      `CREATE TABLE probe.t${swap} AS SELECT id, CASE id WHEN ${swap} THEN ${swap + 1} WHEN ${swap + 1} THEN ${swap} ELSE id END AS b
         FROM generate_series(1, 20) id`;
    await pair.sql('source', [0, ...swaps].map(make).join(';'));
    const found = await hashes('source');
    expect(new Set(Object.values(found)).size).toBe(swaps.length + 1);
  });

  test('does not depend on the order of rows', async () => {
    const make = (order: string) =>
      `CREATE TABLE probe.t AS SELECT id FROM generate_series(1, 500) id ORDER BY id ${order}`;
    await pair.sql('source', make('ASC'));
    await pair.sql('target', make('DESC'));
    expect(await hashes('target')).toEqual(await hashes('source'));
  });

  test('reads columns in their order also while the table grows from one to the next', async () => {
    await pair.sql(
      'source',
      `CREATE TABLE probe.grows (id int, n int, t text); CREATE SEQUENCE probe.bytes;
       CREATE FUNCTION probe.pg_table_size(oid) RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('probe.bytes') $$`,
    );
    await using session = await pair.clients.openSession(pair.source, { name: 'test' });
    await session.query('SET search_path = probe, pg_catalog');
    const found = (await tablesToHash(session)).find(({ table }) => table === 'grows');
    expect(found?.expressions).toEqual(['t."id"', 't."n"', 't."t"::text COLLATE "C"']);
    expect(await pair.sql('source', 'SELECT is_called FROM probe.bytes')).toEqual([{ is_called: true }]);
  });

  test('counts partitions once, inheritance children for themselves, and knows quoted names and tables without columns', async () => {
    await pair.sql(
      'source',
      `CREATE TABLE probe.p (id int, at date) PARTITION BY RANGE (at);
       CREATE TABLE probe.p1 PARTITION OF probe.p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
       CREATE TABLE probe.p2 PARTITION OF probe.p DEFAULT;
       INSERT INTO probe.p VALUES (1, '2026-05-01'), (2, '2020-05-01'), (3, '2021-05-01');
       CREATE TABLE probe.parent (id int); CREATE TABLE probe.child () INHERITS (probe.parent);
       INSERT INTO probe.parent VALUES (1); INSERT INTO probe.child VALUES (2), (3);
       CREATE TABLE probe.empty (); INSERT INTO probe.empty DEFAULT VALUES; INSERT INTO probe.empty DEFAULT VALUES;
       CREATE TABLE probe."Mixed ""Case""" ("Full Name" text, "row" int, gone int, twice int GENERATED ALWAYS AS ("row" * 2) STORED);
       INSERT INTO probe."Mixed ""Case""" VALUES ('x', 1); ALTER TABLE probe."Mixed ""Case""" DROP COLUMN gone;
       CREATE UNLOGGED TABLE probe.unlogged (); CREATE TEMP TABLE gone_with_the_session (id int);
       CREATE MATERIALIZED VIEW probe.filled AS SELECT 1 AS one; CREATE MATERIALIZED VIEW probe.unfilled AS SELECT 1 AS one WITH NO DATA`,
    );
    const found = (await prints('source')).map(
      ({ kind, table, rows, hash }) => `${kind} ${table}: ${kind === 'table' ? rows : hash}`,
    );
    expect(new Set(found)).toEqual(
      new Set([
        'table p1: 1',
        'table p2: 2',
        'table parent: 1',
        'table child: 2',
        'table empty: 2',
        'table Mixed "Case": 1',
        'table unlogged: 0',
        'materialized view filled: 1',
        'materialized view unfilled: 0',
      ]),
    );
  });

  test('sees every byte of large objects, also past the first piece', async () => {
    const make = (last: string) =>
      `SELECT lo_create(4242); SELECT lo_put(4242, 0, 'start'); SELECT lo_put(4242, 3000000, '${last}'); SELECT lo_create(4243)`;
    await pair.sql('source', make('a'));
    await pair.sql('target', make('b'));
    const large = async (side: SideName) => {
      await using session = await pair.clients.openSession(pair[side], { name: 'test' });
      await session.query(HASH_SETTINGS);
      return (await fingerprintAll([session])).find(({ kind }) => kind === 'large objects');
    };
    const [onSource, differing] = [await large('source'), await large('target')];
    expect(onSource?.rows).toBe('2');
    expect(differing?.rows).toBe('2');
    expect(differing?.hash).not.toBe(onSource?.hash);
    await pair.sql('target', `SELECT lo_put(4242, 3000000, 'a')`);
    expect(await large('target')).toEqual(onSource);
    for (const side of ['source', 'target'] as const)
      await pair.sql(side, 'SELECT lo_unlink(4242); SELECT lo_unlink(4243)');
  });

  test('refuses to count what a policy hides', async () => {
    await pair.sql(
      'source',
      `CREATE TABLE probe.hidden AS SELECT 1 AS id; ALTER TABLE probe.hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
    );
    await expect(prints('source')).rejects.toMatchObject({ type: 'DatabaseRefused', details: [{ code: '42501' }] });
  });

  test('is the same computed by several sessions', async () => {
    await pair.sql(
      'source',
      `CREATE TABLE probe.a AS SELECT generate_series(1, 50) n; CREATE TABLE probe.b AS SELECT 1 n`,
    );
    const sessions = await Promise.all([1, 2, 3].map(() => pair.clients.openSession(pair.source, { name: 'test' })));
    await Promise.all(sessions.map((session) => session.query(HASH_SETTINGS)));
    const done: number[] = [];
    const all = await fingerprintAll(sessions, (count) => done.push(count));
    expect(all.filter(({ schema }) => schema === 'probe')).toEqual(await prints('source'));
    expect(done.at(-1)).toBe(done.length);
    await Promise.all(sessions.map((session) => session.close()));
  });
});
