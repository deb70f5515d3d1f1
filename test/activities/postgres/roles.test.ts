import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresActivities } from '../../../activities/postgres/index.ts';
import { sqlStateOf } from '../../../activities/postgres/postgres-failure.ts';
import type { Major } from '../../../local/cloud/postgres/binaries.ts';
import { startPair, type Pair, type SideName } from '../../postgres-pair.ts';

const ROLES = `SELECT rolname, rolcanlogin, rolinherit, rolcreaterole, rolcreatedb, rolconnlimit,
    rolvaliduntil AT TIME ZONE 'UTC' AS until, shobj_description(oid, 'pg_authid') AS comment
  FROM pg_roles WHERE rolname ~ '^(app|Team)' ORDER BY rolname`;
const MEMBERS = `SELECT roleid::regrole::text AS group, member::regrole::text, bool_or(admin_option) AS admin
  FROM pg_auth_members WHERE member::regrole::text ~ 'app|Team' GROUP BY 1, 2 ORDER BY 1, 2`;
const SETTINGS = `SELECT setdatabase <> 0 AS here, setrole::regrole::text AS role, setconfig FROM pg_db_role_setting
  WHERE setdatabase = 0 OR setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1, 2`;
const DATABASE = `SELECT pg_get_userbyid(datdba) AS owner, shobj_description(oid, 'pg_database') AS comment,
    (SELECT array_agg(DISTINCT format('%s %s %s', CASE WHEN grantee <> 0 THEN pg_get_userbyid(grantee) END, privilege_type, is_grantable))
       FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))) AS acl FROM pg_database WHERE datname = current_database()`;

describe.each<{ target: Major }>([{ target: '15' }, { target: '17' }])('roles, 15 to $target', ({ target }) => {
  let pair: Pair;
  const activities = () => postgresActivities(pair.clients);
  const both = async (sql: string): Promise<unknown[]> =>
    Promise.all((['source', 'target'] satisfies SideName[]).map((side) => pair.sql(side, sql)));
  const prepare = () => activities().prepareTarget({ ...pair, run: 'run-1' });

  beforeAll(async () => {
    pair = await startPair({ source: '15', target });
    await pair.sql(
      'source',
      `CREATE ROLE app_group NOLOGIN NOINHERIT; CREATE ROLE "Team ""A""" LOGIN CONNECTION LIMIT 3 VALID UNTIL '2031-05-06 07:08:09+02';
       CREATE ROLE app_unrelated; COMMENT ON ROLE app_rw IS 'it''s the writer'; ALTER ROLE app_rw CREATEDB CREATEROLE;
       GRANT app_group TO app_ro WITH ADMIN OPTION; GRANT "Team ""A""" TO app_group; GRANT rds_password TO app_rw;
       ALTER ROLE app_rw SET search_path = "$user", public, "odd, name"; ALTER ROLE app_ro SET work_mem = '7MB';
       ALTER ROLE app_ro SET search_path = ''; ALTER ROLE app_group SET application_name = 'it''s "so"';
       ALTER ROLE app_ro IN DATABASE app SET lock_timeout = '5s'; ALTER DATABASE app SET timezone = 'Europe/London';
       ALTER DATABASE app SET search_path = public, extensions; COMMENT ON DATABASE app IS 'sessions; of people';
       REVOKE CONNECT, TEMPORARY ON DATABASE app FROM PUBLIC; GRANT CONNECT ON DATABASE app TO app_ro WITH GRANT OPTION`,
    );
  });
  afterAll(() => pair.stop());

  test('arrive with attributes, memberships and settings, also when asked twice', async () => {
    await prepare();
    await prepare();
    const [source, found] = await both(ROLES);
    // A login without a password in the plan cannot be a login; a role nobody refers to stays behind.
    expect(found).toEqual(
      (source as { rolname: string }[])
        .filter((role) => role.rolname !== 'app_unrelated')
        .map((role) => (role.rolname === 'Team "A"' ? { ...role, rolcanlogin: false } : role)),
    );
    const [sourceMembers, members] = await both(MEMBERS);
    expect(members).toEqual(sourceMembers);
  });

  test('log in with the password of the plan, which the server has only as a verifier', async () => {
    await pair.clients
      .openSession(pair.loginOf('target', 'app_ro'), { name: 'test' })
      .then((session) => session.close());
    const failed = await pair.clients
      .openSession({ ...pair.loginOf('target', 'app_ro'), password: 'env:APP_RW_PASSWORD' }, { name: 'test' })
      .catch((error: unknown) => error);
    expect(sqlStateOf(failed)).toBe('28P01');
    const { rows } = await pair.servers.target.sql(`SELECT rolpassword FROM pg_authid WHERE rolname = 'app_ro'`);
    expect(rows).toEqual([{ rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$4096:/) as string }]);
  });

  test('bring custody, closed, and refuse another run', async () => {
    expect(await pair.sql('target', 'SELECT migration, run, state FROM daybreak.custody')).toEqual([
      { migration: pair.migration, run: 'run-1', state: 'closed' },
    ]);
    await expect(activities().prepareTarget({ ...pair, run: 'run-2' })).rejects.toMatchObject({
      type: 'CustodyHeldElsewhere',
    });
  });

  test.each(['taken', 'given', 'open'])(
    'are not made, not even for the same run, where custody is %s',
    async (state) => {
      const [before] = await pair.sql<{ token: string }>(
        'target',
        `UPDATE daybreak.custody SET state = '${state}' RETURNING token`,
      );
      await expect(prepare()).rejects.toMatchObject({
        type: 'CustodyHeldElsewhere',
        message: expect.stringContaining(`(${state}); wanted run run-1 of ${pair.migration} (closed)`) as string,
      });
      const after = await pair.sql('target', `UPDATE daybreak.custody SET state = 'closed' RETURNING token`);
      expect(after).toEqual([before]);
    },
  );

  test('let the master user give ownership to each of them', async () => {
    const give = 'CREATE SCHEMA probe; ALTER SCHEMA probe OWNER TO app_rw; DROP SCHEMA probe; SELECT 1 AS done';
    expect(await pair.sql('target', give)).toEqual([{ done: 1 }]);
  });

  test('stay without login while the doors of the target are shut', async () => {
    await pair.sql('target', `UPDATE daybreak.custody SET doors = daybreak.shut_doors('{app_rw,app_ro}')`);
    await prepare();
    await activities().carryRoles(pair);
    expect(await pair.sql('target', `SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname ~ '^app'`)).toEqual([]);
    expect(
      await pair.sql(
        'target',
        `SELECT has_database_privilege('app_ro', 'app', 'CONNECT') AS may, current_setting('default_transaction_read_only') AS fence`,
      ),
    ).toEqual([{ may: false, fence: 'off' }]);
    expect(
      await pair.sql(
        'target',
        `SELECT setconfig FROM pg_db_role_setting WHERE setrole = 0 AND 'default_transaction_read_only=on' = ANY (setconfig)`,
      ),
    ).toHaveLength(1);
    await pair.sql(
      'target',
      `SELECT daybreak.open_doors(doors) FROM daybreak.custody; UPDATE daybreak.custody SET doors = NULL`,
    );
    expect(
      await pair.sql('target', `SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname ~ '^app' ORDER BY 1`),
    ).toEqual([{ rolname: 'app_ro' }, { rolname: 'app_rw' }]);
  });

  test.each(['admin_user', 'app_rw'])('are followed by what belongs to the database, owned by %s', async (owner) => {
    await pair.sql('source', `ALTER DATABASE app OWNER TO ${owner}`);
    await pair.sql('target', `ALTER DATABASE app SET jit = off; GRANT CREATE ON DATABASE app TO app_ro`);
    await activities().carryRoles(pair);
    await activities().carryRoles(pair);
    const [sourceDatabase, database] = await both(DATABASE);
    expect(database).toEqual(sourceDatabase);
    const [sourceSettings, settings] = await both(SETTINGS);
    expect(settings).toEqual(sourceSettings);
    expect(settings).toContainEqual({
      here: false,
      role: 'app_rw',
      setconfig: [`search_path="$user", public, "odd, name"`],
    });
  });

  test('cannot be Daybreak itself, nor missing on the source', async () => {
    const prepareWith = (name: string) =>
      activities().prepareTarget({ ...pair, run: 'run-1', roles: [{ name, password: 'env:APP_RO_PASSWORD' }] });
    await expect(prepareWith('admin_user')).rejects.toMatchObject({ type: 'PlanInvalid' });
    await expect(prepareWith('app_gone')).rejects.toMatchObject({
      type: 'PlanInvalid',
      message: expect.stringContaining('app_gone') as string,
    });
  });

  test('are refused rather than weakened where the master may not give what they have', async () => {
    await pair.servers.source.sql('ALTER ROLE app_ro BYPASSRLS');
    const failed = await prepare().catch((error: unknown) => error);
    expect(sqlStateOf(failed)).toBe('42501');
    expect(failed).toMatchObject({ type: 'DatabaseRefused' });
    await pair.servers.source.sql('ALTER ROLE app_ro NOBYPASSRLS');
  });

  test('leave no table without statistics', async () => {
    await pair.sql('target', `CREATE TABLE public.counted AS SELECT generate_series(1, 100) AS n`);
    await activities().analyzeTarget(pair);
    expect(await pair.sql('target', `SELECT reltuples FROM pg_class WHERE relname = 'counted'`)).toEqual([
      { reltuples: 100 },
    ]);
    await pair.servers.target.sql(
      'CREATE TABLE public.foreign_body (n int); ALTER DATABASE app OWNER TO rdsadmin',
      [],
      'app',
    );
    await expect(activities().analyzeTarget(pair)).rejects.toMatchObject({
      type: 'DatabaseRefused',
      message: expect.stringContaining('foreign_body') as string,
    });
  });
});
