import { readdir } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CopyProgress } from '../../../activities/copy/copy-progress.ts';
import { copySnapshot } from '../../../activities/copy/copy-snapshot.ts';
import { postgresActivities } from '../../../activities/postgres/index.ts';
import { verifyCopy } from '../../../activities/verification/verify-copy.ts';
import type { Major } from '../../../local/cloud/postgres/binaries.ts';
import { startPair, type Pair, type SideName } from '../../postgres-pair.ts';
import { catalogueOf } from './catalogue.ts';
import { cannotRead, CLIENT } from './client-major.ts';
import { makeEverything } from './everything.ts';

const PAIRS: readonly { source: Major; target: Major }[] = [
  { source: '15', target: '15' },
  { source: '15', target: '17' },
  { source: '17', target: '17' },
];
for (const { source } of PAIRS.filter((pair) => cannotRead(pair.source)))
  console.warn(
    `SKIPPED: copies from PostgreSQL ${source}, for pg_dump here is ${CLIENT}; install postgresql-client-${source}`,
  );

describe.each(PAIRS.filter((pair) => !cannotRead(pair.source)))('a copy, $source to $target', ({ source, target }) => {
  let pair: Pair;
  const beats: CopyProgress[] = [];
  const copy = (over: { token?: number; abort?: AbortSignal } = {}) =>
    copySnapshot(
      pair.clients,
      { ...pair, jobs: 2, token: over.token ?? 0 },
      { abort: over.abort ?? new AbortController().signal, heartbeat: (details) => beats.push(details) },
    );
  const catalogue = (side: SideName): Promise<Record<string, unknown>> => catalogueOf(pair, side);

  beforeAll(async () => {
    pair = await startPair({ source, target });
    await makeEverything(pair);
    await postgresActivities(pair.clients).prepareTarget({ ...pair, run: 'run' });
  });
  afterAll(() => pair.stop());

  test('has every row, and verification says so', async () => {
    const facts = await copy();
    expect(facts).toMatchObject({ tables: 10, rows: 2000 + 500 + 900 + 2 + 1 + 1 + 1 });
    expect(facts.bytes).toBeGreaterThan(10_000);
    expect(await verifyCopy(pair.clients, pair)).toEqual({
      tables: 10,
      rows: facts.rows,
      differing: [],
      differences: 0,
    });
  });

  test('has owners, privileges, comments, constraints and all the rest of the catalogue as on the source', async () => {
    const [onSource, onTarget] = [await catalogue('source'), await catalogue('target')];
    for (const [name, rows] of Object.entries(onSource)) expect({ [name]: onTarget[name] }).toEqual({ [name]: rows });
    expect(onSource).toMatchObject({
      extensions: expect.arrayContaining([{ extname: 'hstore', schema: '"Extra Ext"' }]) as unknown,
    });
  });

  test.skipIf(cannotRead(target) || source !== target)(
    'is word for word the same schema in the eyes of pg_dump (which has to be able to read both)',
    async () => {
      const dump = async (side: SideName): Promise<string> => {
        const { stdout } = await execa(
          pair.clients.programs.pgDump,
          ['--schema-only', '--exclude-schema=daybreak', 'app'],
          {
            env: {
              PGHOST: pair[side].host,
              PGPORT: String(pair[side].port),
              PGUSER: pair[side].user,
              PGPASSWORD: await pair.clients.readSecret(pair[side].password),
            },
          },
        );
        // The order of grants within one list means nothing.
        return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '').replaceAll(/(^GRANT .*\n)+/gm, (grants) =>
          grants
            .split('\n')
            .toSorted((a, b) => a.localeCompare(b))
            .join('\n'),
        );
      };
      expect(await dump('target')).toBe(await dump('source'));
    },
  );

  test('reports its progress', () => {
    expect(beats.map(({ stage }) => stage).filter((stage, at, all) => stage !== all[at - 1])).toEqual([
      'claim',
      'dump',
      'restore',
      'finish',
    ]);
    expect(beats.at(-1)).toMatchObject({ tables: 10 });
  });

  test('leaves nothing of Daybreak behind but its schema: no role, no folder, no session', async () => {
    expect(await pair.sql('target', `SELECT rolname FROM pg_roles WHERE rolname ~ '^daybreak'`)).toEqual([]);
    expect(
      await pair.sql(
        'target',
        `SELECT relname FROM pg_class WHERE relnamespace = 'daybreak'::regnamespace AND relkind = 'r' ORDER BY 1`,
      ),
    ).toEqual([{ relname: 'copy' }, { relname: 'custody' }, { relname: 'fingerprint' }]);
    const folders = await readdir(pair.clients.scratch);
    expect(await Promise.all(folders.map((folder) => readdir(`${pair.clients.scratch}/${folder}`)))).toEqual([[]]);
    for (const side of ['source', 'target'] as const)
      expect(await pair.sql(side, `SELECT pid FROM pg_stat_activity WHERE application_name ~ '^daybreak'`)).toEqual([]);
  });

  test('made again replaces what was there, whatever it was', async () => {
    const before = await catalogue('target');
    await pair.sql(
      'target',
      `CREATE SCHEMA stray; CREATE TABLE stray.t (); DROP TABLE log CASCADE; ALTER TABLE profiles ADD COLUMN stray int; SELECT lo_create(4999);
       ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app_ro; ALTER DEFAULT PRIVILEGES FOR ROLE app_rw GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
       DROP EXTENSION citext CASCADE; GRANT CREATE ON SCHEMA public TO app_ro`,
    );
    await pair.sql('source', `INSERT INTO marks DEFAULT VALUES`);
    const { rows } = await copy();
    expect(await verifyCopy(pair.clients, pair)).toMatchObject({ rows, differences: 0 });
    expect(await catalogue('target')).toEqual(before);
  });
});
