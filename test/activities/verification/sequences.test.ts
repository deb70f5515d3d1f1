import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copySnapshot } from '../../../activities/copy/copy-snapshot.ts';
import { postgresActivities } from '../../../activities/postgres/index.ts';
import {
  caughtUp,
  readSequences,
  syncSequences,
  type SequenceState,
} from '../../../activities/verification/sequences.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';

/** The sequence, the statements that bring the source's to its place, and the next value both sides must hand out. */
const CASES: readonly (readonly [name: string, sql: string, next: string])[] = [
  ['unused', `CREATE SEQUENCE unused START 77`, '77'],
  ['used', `CREATE SEQUENCE used; SELECT setval('used', 41)`, '42'],
  ['set_not_called', `CREATE SEQUENCE set_not_called; SELECT setval('set_not_called', 41, false)`, '41'],
  [
    'beyond_numbers',
    `CREATE SEQUENCE beyond_numbers; SELECT setval('beyond_numbers', 9007199254740993)`,
    '9007199254740994',
  ],
  ['backwards', `CREATE SEQUENCE backwards INCREMENT -3; SELECT setval('backwards', -30)`, '-33'],
  [
    'behind_id_seq',
    `CREATE TABLE behind (id serial); INSERT INTO behind VALUES (500); SELECT setval('behind_id_seq', 3)`,
    '501',
  ],
  ['idle_id_seq', `CREATE TABLE idle (id serial)`, '1'],
  ['one_id_seq', `CREATE TABLE one (id serial); INSERT INTO one VALUES (1)`, '2'],
  [
    'ahead_id_seq',
    `CREATE TABLE ahead (id bigserial); INSERT INTO ahead VALUES (5); SELECT setval('ahead_id_seq', 90)`,
    '91',
  ],
  [
    'Big Id_Id_seq',
    `CREATE TABLE "Big Id" ("Id" bigint GENERATED ALWAYS AS IDENTITY (INCREMENT 10)); INSERT INTO "Big Id" OVERRIDING SYSTEM VALUE VALUES (4096)`,
    '4106',
  ],
  [
    'down_id_seq',
    `CREATE TABLE down (id serial); ALTER SEQUENCE down_id_seq INCREMENT -1 MINVALUE -100 MAXVALUE -1 START -1 RESTART; INSERT INTO down VALUES (-7)`,
    '-8',
  ],
  [
    'small_id_seq',
    `CREATE TABLE small (id int); CREATE SEQUENCE small_id_seq MAXVALUE 10 OWNED BY small.id; INSERT INTO small VALUES (5000)`,
    '1',
  ],
  [
    'round_id_seq',
    `CREATE TABLE round (id int); CREATE SEQUENCE round_id_seq MAXVALUE 10 CYCLE OWNED BY round.id; INSERT INTO round VALUES (8)`,
    '1',
  ],
  [
    'word_seq',
    `CREATE TABLE word (id text); CREATE SEQUENCE word_seq OWNED BY word.id; INSERT INTO word VALUES ('z')`,
    '1',
  ],
  [
    'part_id_seq',
    `CREATE TABLE part (id serial, at int) PARTITION BY LIST (at); CREATE TABLE part_1 PARTITION OF part DEFAULT; INSERT INTO part VALUES (60, 1)`,
    '61',
  ],
];

describe('sequences', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ source: '15', target: '17' });
    await pair.sql('source', CASES.map(([, sql]) => sql).join(';'), 'app_rw');
    await postgresActivities(pair.clients).prepareTarget({ ...pair, run: 'run' });
    await copySnapshot(
      pair.clients,
      { ...pair, jobs: 2, token: 0 },
      { abort: new AbortController().signal, heartbeat: () => {} },
    );
    await pair.sql('target', 'UPDATE daybreak.custody SET token = 9');
  });
  afterAll(() => pair.stop());

  async function sync(token = 9): Promise<unknown> {
    await using source = await pair.clients.openSession(pair.source, { name: 'test' });
    await using target = await pair.clients.openSession(pair.target, { name: 'test' });
    return await syncSequences(source, target, token);
  }
  const next = async (name: string): Promise<unknown> => {
    const [row] = await pair.sql<{ next: string }>('target', `SELECT nextval('"${name}"') AS next`);
    return row?.next;
  };

  test('that moved on after the copy stand on the target as on the source, or past their column', async () => {
    for (const [name] of CASES) await pair.sql('target', `SELECT nextval('"${name}"')`);
    expect(await sync()).toEqual({ sequences: CASES.length });
    const found = await Promise.all(CASES.map(async ([name]) => [name, await next(name)]));
    expect(found).toEqual(CASES.map(([name, , wanted]) => [name, wanted]));
  });

  test('are set by nobody whose token is outdated', async () => {
    await expect(sync(8)).rejects.toMatchObject({ type: 'TokenOutdated' });
  });

  test('missing on the target fail the hand-over, which changes none', async () => {
    await sync();
    await pair.sql(
      'source',
      `CREATE SEQUENCE a_new_one; SELECT setval('used', 1000); CREATE SEQUENCE zz_last`,
      'app_rw',
    );
    await expect(sync()).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining('public.a_new_one') as string,
    });
    expect(await pair.sql('target', 'SELECT last_value FROM used')).toEqual([{ last_value: '41' }]);
    await pair.sql('source', `DROP SEQUENCE a_new_one, zz_last`, 'app_rw');
  });

  test('of the system, of Daybreak and of a session are not looked at', async () => {
    await using session = await pair.clients.openSession(pair.source, { name: 'test' });
    await session.query('CREATE TEMP SEQUENCE mine; CREATE SCHEMA daybreak; CREATE SEQUENCE daybreak.ours');
    expect((await readSequences(session)).map(({ name }) => name)).not.toContain('mine');
    expect((await readSequences(session)).map(({ name }) => name)).not.toContain('ours');
    await session.query('DROP SCHEMA daybreak CASCADE');
  });

  test('never go back, and never hand out a value their column holds', () => {
    const state = fc.record({
      last: fc.bigInt({ min: -50n, max: 50n }),
      called: fc.boolean(),
      increment: fc.constantFrom(1n, 5n, -1n, -5n),
      furthest: fc.option(fc.bigInt({ min: -80n, max: 80n })),
    });
    fc.assert(
      fc.property(state, ({ last, called, increment, furthest }) => {
        const sequence: SequenceState = {
          schema: 's',
          name: 'n',
          last,
          called,
          increment,
          min: -60n,
          max: 60n,
          cycles: false,
          owner: null,
        };
        const nextOf = (at: { last: bigint; called: boolean }): bigint => (at.called ? at.last + increment : at.last);
        const result = nextOf(caughtUp(sequence, furthest));
        const beyond = (a: bigint, b: bigint): boolean => (increment > 0n ? a > b : a < b);
        expect(beyond(nextOf(sequence), result)).toBe(false);
        const held = furthest !== null && furthest >= -60n && furthest <= 60n;
        expect(held ? beyond(result, furthest) : result === nextOf(sequence)).toBe(true);
      }),
    );
  });
});
