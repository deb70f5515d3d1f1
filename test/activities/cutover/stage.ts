import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeLiteral } from 'pg';
import type { HandOver } from '../../../activities/contract.ts';
import type { AttemptOrder } from '../../../activities/cutover/attempt.ts';
import { openSwitch } from '../../../activities/application/switch.ts';
import { installCustody } from '../../../activities/cutover/custody-store.ts';
import { planSchema, type MigrationPlan, type RolePlan } from '../../../model/plan.ts';
import { APP_ROLES, MASTER, startPair, type Pair, type SideName } from '../../postgres-pair.ts';

/** Two real servers with custody installed, a table the application writes, and a file it reads its address from. */
export interface Stage {
  readonly pair: Pair;
  readonly plan: MigrationPlan;
  /** The dotenv file the application reads; the plan's one switch changes its key DB_PORT. */
  readonly envFile: string;
  handOver(name: string, change?: Partial<HandOver>): HandOver;
  order(handOver: HandOver, token: number, change?: Partial<AttemptOrder>): AttemptOrder;
  /** Asks one side as the master user, in a session of its own: a fence would end a lasting one. */
  ask<Row extends object>(side: SideName, sql: string): Promise<Row[]>;
  /** What a hand-over that was given back must leave as it was. */
  world(side: SideName): Promise<unknown>;
  /** Puts both sides and the file back as they were opened: cheaper than two new servers for every test. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** The role the application logs in as, which owns the table it writes. */
export interface Application extends RolePlan {
  readonly targetMaster: string;
}

const READERS = APP_ROLES.filter(({ name }) => name === 'app_ro');
/** As a role of its own. */
export const AS_OWNER = { name: 'app_rw', password: 'env:APP_RW_PASSWORD', targetMaster: MASTER };
/** As the source's master user, which Daybreak works as, too; on the target a role of that name like any other. */
export const AS_MASTER = { name: MASTER, password: 'env:MASTER_PASSWORD', targetMaster: 'aurora_admin' };

export const MIGRATION = 'daybreak/123456789012/eu-west-2/source-db/app';

export async function openStage(
  major: '15' | '17',
  maxWritePause = '60s',
  strategy: MigrationPlan['strategy'] = 'dump',
  application: Application = AS_OWNER,
): Promise<Stage> {
  const { targetMaster, ...login } = application;
  const pair = { ...(await startPair({ source: major, target: major, targetMaster })), roles: [login, ...READERS] };
  const folder = await mkdtemp(join(tmpdir(), 'daybreak-cutover-'));
  const envFile = join(folder, '.env');
  const plan = planFor(pair, envFile, { maxWritePause, strategy });
  const ask = async <Row extends object>(side: SideName, sql: string): Promise<Row[]> => {
    await using session = await pair.clients.openSession(pair[side], { name: 'stage' });
    return await session.query<Row>(sql);
  };
  await makeRoles();
  const acls = { source: await aclOf('source'), target: await aclOf('target') };
  await begin();
  return {
    pair,
    plan,
    envFile,
    ask,
    world: async (side) => (await ask<{ world: unknown }>(side, WORLD))[0]?.world,
    handOver: (name, change = {}) => {
      const { source, target } = pair;
      return { migration: MIGRATION, source, target, plan, handOver: name, expiresAt: null, ...change };
    },
    order: (handOver, token, change = {}) => {
      const abort = new AbortController().signal;
      return {
        clients: pair.clients,
        handOver,
        direction: 'source-to-target',
        token,
        abort,
        onStep: () => {},
        ...change,
      };
    },
    reset: async () => {
      await Promise.all([clear('source'), clear('target')]);
      await begin();
    },
    stop: async () => {
      await pair.stop();
      await rm(folder, { recursive: true });
    },
  };

  async function begin(): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await writeFile(envFile, `# where the database is\nDB_PORT=${pair.source.port}\n`);
    await Promise.all([prepare('source', 'open'), prepare('target', 'closed')]);
    for (const each of plan.switches)
      await openSwitch(each, { migration: MIGRATION, from: pair.source, to: pair.target }).stage();
  }

  async function prepare(side: SideName, state: 'open' | 'closed'): Promise<void> {
    await using session = await pair.clients.openSession(pair[side], { name: 'stage' });
    await session.query(`
      CREATE TABLE ledger (id text PRIMARY KEY, n int NOT NULL);
      CREATE TABLE "Mixed Case" (id int PRIMARY KEY);
      GRANT SELECT ON ledger TO app_ro;
      ALTER TABLE ledger OWNER TO ${login.name}`);
    await installCustody(session, { migration: MIGRATION, run: 'run-1', state });
  }

  async function aclOf(side: SideName): Promise<string | null> {
    const [row] = await ask<{ acl: string | null }>(
      side,
      'SELECT datacl::text AS acl FROM pg_database WHERE datname = current_database()',
    );
    return row?.acl ?? null;
  }

  async function clear(side: SideName): Promise<void> {
    const admin = await pair.servers[side].connect('app');
    try {
      await admin.query(`SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename <> current_user`);
      await admin.query('UPDATE pg_database SET datacl = $1::aclitem[] WHERE datname = $2', [acls[side], 'app']);
      await admin.query('ALTER DATABASE app RESET default_transaction_read_only');
      for (const { name } of pair.roles) await admin.query(`ALTER ROLE ${name} LOGIN`);
      await admin.query('DROP SCHEMA IF EXISTS daybreak CASCADE');
      await admin.query('DROP TABLE ledger, "Mixed Case"');
    } finally {
      await admin.end();
    }
  }

  async function makeRoles(): Promise<void> {
    await using session = await pair.clients.openSession(pair.target, { name: 'stage' });
    for (const { name, password } of pair.roles)
      await session.query(
        `CREATE ROLE ${name} LOGIN PASSWORD ${escapeLiteral(await pair.clients.readSecret(password))}`,
      );
    // As prepareTarget does it: rows are applied as the owner, whom the master user must be able to become.
    await session.query(`GRANT ${login.name} TO CURRENT_USER${major === '17' ? ' WITH INHERIT TRUE, SET TRUE' : ''}`);
    await session.query(`GRANT CREATE ON SCHEMA public TO ${login.name}`);
  }
}

function planFor(
  pair: Pair,
  envFile: string,
  { maxWritePause, strategy }: { readonly maxWritePause: string; readonly strategy: MigrationPlan['strategy'] },
): MigrationPlan {
  return planSchema.parse({
    source: {
      account: '123456789012',
      region: 'eu-west-2',
      instance: 'source-db',
      database: pair.source.database,
      user: pair.source.user,
      password: pair.source.password,
    },
    target: {
      cluster: 'target-db',
      instance: 'target-db-1',
      engineVersion: '17',
      database: 'app',
      masterUser: 'master',
    },
    strategy,
    roles: pair.roles,
    switches: [{ kind: 'dotenv', name: 'port', path: envFile, key: 'DB_PORT', value: '{port}' }],
    cutover: { approvers: ['lead'], maxWritePause },
  });
}

/** Logins, grants on the database, its settings, schemas, tables, triggers and functions, without our own schema. */
const WORLD = `
  SELECT jsonb_build_object(
    'logins', (SELECT jsonb_object_agg(rolname, rolcanlogin) FROM pg_roles WHERE rolname !~ '^pg_'),
    'database', (SELECT jsonb_agg(a::text ORDER BY a::text) FROM pg_database d, unnest(coalesce(d.datacl, acldefault('d', d.datdba))) a
                  WHERE d.datname = current_database()),
    'settings', (SELECT jsonb_agg(setconfig) FROM pg_db_role_setting),
    'tables', (SELECT jsonb_agg(relname ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    'triggers', (SELECT jsonb_agg(tgrelid::regclass || ' ' || tgname) FROM pg_trigger WHERE NOT tgisinternal)) AS world`;
