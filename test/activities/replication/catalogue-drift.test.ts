import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueDrift } from '../../../activities/replication/catalogue-drift.ts';
import { feedGaps } from '../../../activities/replication/feed-gaps.ts';
import { until } from '../../until.ts';
import { openStage } from './stage.ts';

const opened = openStage({ source: '15', target: '15' });
afterAll(async () => await (await opened)[Symbol.asyncDispose]());

const drift = async (): Promise<readonly string[]> => {
  const stage = await opened;
  await using giver = await stage.open('source');
  await using taker = await stage.open('target');
  return await catalogueDrift(giver, taker);
};

const onSource = async (sql: string): Promise<unknown> => (await opened).pair.sql('source', `SET ROLE app_rw; ${sql}`);
const onTarget = async (sql: string): Promise<unknown> => (await opened).pair.sql('target', `SET ROLE app_rw; ${sql}`);

/** What changes, the words it is told in, and how it is taken back. */
const CHANGES: readonly (readonly [name: string, change: string, words: RegExp, back: string])[] = [
  [
    'a new table, with nothing of its own said again',
    'CREATE TABLE newcomer (id int PRIMARY KEY, note text DEFAULT 1); CREATE INDEX ON newcomer (note)',
    /^table public\.newcomer is only on the side that writes: drop it/,
    'DROP TABLE newcomer',
  ],
  [
    'a new column',
    'ALTER TABLE visits ADD COLUMN extra int',
    /^column public\.visits\.extra \(integer\) is only on the side that writes: make the same change/,
    'ALTER TABLE visits DROP COLUMN extra',
  ],
  [
    'another type',
    'ALTER TABLE days ADD COLUMN w int; ALTER TABLE days ALTER COLUMN w TYPE bigint',
    /column public\.days\.w \(bigint\) is only/,
    'ALTER TABLE days DROP COLUMN w',
  ],
  [
    'a NOT NULL',
    'ALTER TABLE visits ALTER COLUMN note SET NOT NULL',
    /^column public\.visits\.note is text NOT NULL on the side that writes and text on the side that follows/,
    'ALTER TABLE visits ALTER COLUMN note DROP NOT NULL',
  ],
  [
    'a key',
    'ALTER TABLE visits ADD CONSTRAINT one_note UNIQUE (note)',
    /^constraint public\.visits\.one_note \(UNIQUE \(note\)\) is only on the side that writes/,
    'ALTER TABLE visits DROP CONSTRAINT one_note',
  ],
  [
    'a partition',
    'CREATE TABLE days_top PARTITION OF days FOR VALUES FROM (20) TO (30)',
    /^partition public\.days_top \(partition of public\.days\) is only on the side that writes: make the same partition on the other side/,
    'DROP TABLE days_top',
  ],
  [
    'a partition that was detached',
    'ALTER TABLE days DETACH PARTITION days_high',
    /^table public\.days_high is a plain table on the side that writes and partition of public\.days on the side that follows/,
    'ALTER TABLE days ATTACH PARTITION days_high FOR VALUES FROM (10) TO (20)',
  ],
  [
    'other bounds',
    'ALTER TABLE days DETACH PARTITION days_high; ALTER TABLE days ATTACH PARTITION days_high FOR VALUES FROM (11) TO (20)',
    /^partition public\.days_high is not worded alike on both sides/,
    'ALTER TABLE days DETACH PARTITION days_high; ALTER TABLE days ATTACH PARTITION days_high FOR VALUES FROM (10) TO (20)',
  ],
  [
    'a type',
    `CREATE TYPE mood AS ENUM ('calm')`,
    /^type public\.mood \(enum of 1 labels\) is only on the side that writes/,
    'DROP TYPE mood',
  ],
  [
    'a function, a trigger, a view and an index',
    `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TRIGGER g BEFORE INSERT ON visits FOR EACH ROW EXECUTE FUNCTION f();
     CREATE VIEW v AS SELECT id FROM visits; CREATE INDEX x ON visits (note)`,
    /function public\.f\(\) is only.*index public\.x is only.*trigger public\.visits\.g is only.*view public\.v is only/,
    'DROP VIEW v; DROP INDEX x; DROP TRIGGER g ON visits; DROP FUNCTION f()',
  ],
];

test('equal sides drift in nothing', async () => {
  expect(await drift()).toEqual([]);
});

test.for(CHANGES)('%s is found on either side and gone with its cause', async ([, change, words, back]) => {
  await onSource(change);
  expect((await drift()).toSorted().join('\n')).toMatch(new RegExp(words.source, 'sm'));
  await onTarget(change);
  expect(await drift()).toEqual([]);
  await onSource(back);
  expect((await drift()).length).toBeGreaterThan(0);
  await onTarget(back);
  expect(await drift()).toEqual([]);
});

describe('while the target follows', () => {
  const FOLLOWED = `SELECT array_agg(t::text ORDER BY t::text) FROM (SELECT day, id FROM days UNION ALL SELECT 0, id FROM visits) t`;
  const follows = async (): Promise<boolean> => {
    const stage = await opened;
    const [source, target] = await Promise.all([stage.column('source', FOLLOWED), stage.column('target', FOLLOWED)]);
    return JSON.stringify(source) === JSON.stringify(target);
  };
  const gaps = async (): Promise<readonly string[]> => {
    const stage = await opened;
    await using publisher = await stage.open('source');
    await using subscriber = await stage.open('target');
    return await feedGaps(publisher, subscriber, stage.names.forward);
  };

  beforeAll(async () => {
    await (await opened).follow();
    await onSource(`INSERT INTO visits (note) VALUES ('first'); INSERT INTO days VALUES (1, 1)`);
    await until('the first rows', follows, { limitMs: 30_000 });
  });

  test('a column added on the source stops the feed, and the same change on the target lets it go on', async () => {
    await onSource(
      `ALTER TABLE visits ADD COLUMN mood text DEFAULT 'calm'; INSERT INTO visits (note) VALUES ('later')`,
    );
    expect(await drift()).toEqual([expect.stringMatching(/^column public\.visits\.mood \(text DEFAULT\) is only/)]);
    await onTarget(`ALTER TABLE visits ADD COLUMN mood text DEFAULT 'calm'`);
    await until('the row written before the change was made here', follows, { limitMs: 30_000 });
    expect(await drift()).toEqual([]);
  });

  /** What docs/operating.md tells, "Tables and partitions made mid-way". */
  test('a table and a partition made on the source with rows in them are gaps until the remedy is done; no row is lost', async () => {
    const stage = await opened;
    const { forward, role } = stage.names;
    const LATE = 'CREATE TABLE late (id int PRIMARY KEY)';
    const TOP = 'CREATE TABLE days_top PARTITION OF days FOR VALUES FROM (20) TO (30)';
    await onSource(`${LATE}; INSERT INTO late VALUES (1); ${TOP}; INSERT INTO days VALUES (25, 1), (26, 2)`);
    expect((await gaps()).toSorted()).toEqual(['public.days_top', 'public.late']);
    expect((await drift()).toSorted()).toEqual([
      expect.stringContaining('partition public.days_top (partition of public.days) is only on the side that writes'),
      expect.stringContaining('table public.late is only on the side that writes'),
    ]);
    await onSource(`GRANT USAGE ON SCHEMA public TO ${role}; GRANT SELECT ON late, days_top TO ${role}`);
    await onTarget(`${LATE}; ${TOP}`);
    await stage.pair.sql('source', `ALTER PUBLICATION ${forward} ADD TABLE ONLY late`);
    await stage.pair.sql('target', `ALTER SUBSCRIPTION ${forward} REFRESH PUBLICATION`);
    await onSource('INSERT INTO days VALUES (27, 3); DELETE FROM days WHERE day = 25; INSERT INTO late VALUES (2)');
    await until('the rows of the new partition', follows, { limitMs: 60_000 });
    await until(
      'the rows of the new table',
      async () => (await stage.column('target', 'SELECT id FROM late ORDER BY id')).join() === '1,2',
      { limitMs: 60_000 },
    );
    expect([await gaps(), await drift()]).toEqual([[], []]);
  });
});
