import { readdir } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CopyProgress } from '../../../activities/copy/copy-progress.ts';
import { copySnapshot } from '../../../activities/copy/copy-snapshot.ts';
import { postgresActivities } from '../../../activities/postgres/index.ts';
import { verifyCopy } from '../../../activities/verification/verify-copy.ts';
import type { Major } from '../../../local/cloud/postgres/binaries.ts';
import { startPair, type Pair, type SideName } from '../../postgres-pair.ts';
import { makeEverything } from './everything.ts';

/** Owners, privileges and comments of everything, in words that do not change with the major version. */
const CATALOGUE: Readonly<Record<string, string>> = {
  relations: `SELECT c.oid::regclass::text AS name, relkind, relpersistence, pg_get_userbyid(relowner) AS owner, relrowsecurity, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c WHERE relnamespace::regnamespace::text !~ '^(pg_|information|daybreak)' ORDER BY 1`,
  privileges: `SELECT c.oid::regclass::text AS name, a.privilege_type, a.grantee::regrole::text, a.grantor::regrole::text, a.is_grantable
    FROM pg_class c, aclexplode(c.relacl) a WHERE a.privilege_type <> 'MAINTAIN' AND relnamespace::regnamespace::text !~ '^(pg_|information|daybreak)' ORDER BY 1, 2, 3, 4`,
  columnPrivileges: `SELECT attrelid::regclass::text AS name, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384 ORDER BY 1, 2`,
  schemas: `SELECT nspname, pg_get_userbyid(nspowner) AS owner, obj_description(oid, 'pg_namespace') AS comment,
      (SELECT array_agg(DISTINCT format('%s %s %s', grantee::regrole, privilege_type, is_grantable))
         FROM aclexplode(coalesce(nspacl, acldefault('n', nspowner)))) AS acl
    FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('daybreak', 'information_schema') ORDER BY 1`,
  functions: `SELECT p.oid::regprocedure::text AS name, pg_get_userbyid(proowner) AS owner, proacl::text, obj_description(p.oid, 'pg_proc') AS comment
    FROM pg_proc p WHERE p.oid >= 16384 AND pronamespace IS DISTINCT FROM to_regnamespace('daybreak') AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e') ORDER BY 1`,
  types: `SELECT t.oid::regtype::text AS name, typtype, pg_get_userbyid(typowner) AS owner FROM pg_type t WHERE t.oid >= 16384 AND typcategory <> 'A'
     AND typnamespace IS DISTINCT FROM to_regnamespace('daybreak') AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e') ORDER BY 1`,
  extensions: `SELECT extname, extnamespace::regnamespace::text AS schema FROM pg_extension ORDER BY 1`,
  statistics: `SELECT stxname, pg_get_userbyid(stxowner) AS owner FROM pg_statistic_ext ORDER BY 1`,
  defaults: `SELECT pg_get_userbyid(defaclrole) AS role, defaclnamespace::regnamespace::text AS schema, defaclobjtype, defaclacl::text FROM pg_default_acl ORDER BY 1, 2, 3`,
  largeObjects: `SELECT oid, pg_get_userbyid(lomowner) AS owner, lomacl::text, obj_description(oid, 'pg_largeobject') AS comment FROM pg_largeobject_metadata ORDER BY 1`,
  indexes: `SELECT pg_get_indexdef(indexrelid) AS def, indisvalid FROM pg_index WHERE indrelid >= 16384
    AND indrelid NOT IN (SELECT oid FROM pg_class WHERE relnamespace = 'pg_toast'::regnamespace OR relnamespace::regnamespace::text = 'daybreak') ORDER BY 1`,
  constraints: `SELECT conrelid::regclass::text AS name, conname, convalidated, pg_get_constraintdef(oid) AS def FROM pg_constraint
    WHERE connamespace IS DISTINCT FROM to_regnamespace('daybreak') AND connamespace::regnamespace::text !~ '^(pg_|information)' AND contype <> 'n' ORDER BY 1, 2`,
  policies: `SELECT tablename, policyname, roles, qual FROM pg_policies ORDER BY 1, 2`,
  triggers: `SELECT pg_get_triggerdef(oid) AS def, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`,
};

/** pg_dump reads servers up to its own major version only. */
const CLIENT = Number(/\d+/.exec((await execa('pg_dump', ['--version'])).stdout)?.[0]);
const cannotRead = (major: Major): boolean => CLIENT < Number(major);
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
  const catalogue = async (side: SideName): Promise<Record<string, unknown>> => {
    const found = Object.entries(CATALOGUE).map(async ([name, sql]) => [name, await pair.sql(side, sql)] as const);
    return Object.fromEntries(await Promise.all(found));
  };

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
