import { replicationNames } from '../../model/names.ts';
import type { Finding } from '../../model/finding.ts';
import type { ParameterChange } from '../../model/source-preparation.ts';
import { blocker, info, listed, warning, type Check, type DatabaseSubject } from './subject.ts';

interface Server {
  readonly wal_level: string;
  /** `-1`: a slot is never lost for being behind. */
  readonly bound: string;
  /** What is in use by others. */
  readonly slots: number;
  readonly senders: number;
  readonly workers: number;
  readonly max_replication_slots: number;
  readonly max_wal_senders: number;
  readonly max_logical_replication_workers: number;
}

/** What others use on the source: our own slots of an earlier look aside. */
const SERVER = `
SELECT current_setting('wal_level') AS wal_level, current_setting('max_slot_wal_keep_size') AS bound,
       current_setting('max_replication_slots')::int AS max_replication_slots,
       current_setting('max_wal_senders')::int AS max_wal_senders,
       current_setting('max_logical_replication_workers')::int AS max_logical_replication_workers,
       (SELECT count(*)::int FROM pg_replication_slots WHERE slot_name <> ALL ($1)) AS slots,
       (SELECT count(*)::int FROM pg_stat_replication WHERE application_name <> ALL ($1)) AS senders,
       (SELECT count(*)::int FROM pg_stat_subscription WHERE pid IS NOT NULL AND subname <> ALL ($1)) AS workers`;

/** What the source holds for us at the same time, and the parameter that bounds it. */
const NEEDS = [
  // The feed and the tracker of changed keys.
  { kind: 'slots', needed: 2, parameter: 'max_replication_slots' },
  // Those two and one that is being made.
  { kind: 'senders', needed: 3, parameter: 'max_wal_senders' },
  // The way back.
  { kind: 'workers', needed: 1, parameter: 'max_logical_replication_workers' },
] as const;

async function readServer({ session, migration }: Pick<DatabaseSubject, 'session' | 'migration'>): Promise<Server> {
  const { forward, reverse, tracker } = replicationNames(migration);
  const [server] = await session.query<Server>(SERVER, [[forward, reverse, tracker]]);
  if (server === undefined) throw new Error('a SELECT without FROM answered no row');
  return server;
}

/** The parameters that keep the source from publishing its changes and taking back those of the target; each needs a reboot. */
export async function serverShortfalls(
  subject: Pick<DatabaseSubject, 'session' | 'migration'>,
): Promise<readonly ParameterChange[]> {
  const server = await readServer(subject);
  const tooFew = NEEDS.map(({ kind, needed, parameter }) => ({
    parameter,
    from: server[parameter],
    to: server[kind] + needed,
  })).filter(({ from, to }) => from < to);
  return [
    ...(server.wal_level === 'logical' ? [] : [{ parameter: 'rds.logical_replication', from: '0', to: '1' }]),
    ...tooFew.map(({ parameter, from, to }) => ({ parameter, from: String(from), to: String(to) })),
  ];
}

/** What following the target takes of the source's server: a worker, and an origin, of which there are as many as slots up to 17. */
export const freeForWayBack: Check<DatabaseSubject> = async ({ session }) => {
  const [found] = await session.query<{ workers: number; origins: number }>(
    `SELECT current_setting('max_logical_replication_workers')::int
              - (SELECT count(*)::int FROM pg_stat_subscription WHERE pid IS NOT NULL) AS workers,
            current_setting('max_replication_slots')::int - (SELECT count(*)::int FROM pg_replication_origin) AS origins`,
  );
  const short = [
    ...((found?.workers ?? 0) > 0 ? [] : ['max_logical_replication_workers']),
    ...((found?.origins ?? 0) > 0 ? [] : ['max_replication_slots']),
  ];
  return short.map((name) => blocker('way-back-room', `${name} of the source is used up: raise it by 1 and reboot`));
};

/** What of the source's server hinders or endangers its publishing, and what will be mended behind a gate of its own. */
export const checkReplicationServer: Check<DatabaseSubject> = async (subject) => {
  const server = await readServer(subject);
  const findings: Finding[] = [];
  const shortfalls = await serverShortfalls(subject);
  if (shortfalls.length > 0)
    findings.push(
      warning(
        'source-reboot',
        `the source's parameters do not let it publish its changes (${shortfalls.map(changed).join(', ')}): they are set and the instance is rebooted behind the gate source-reboot`,
      ),
    );
  if (server.bound !== '-1')
    findings.push(
      warning(
        'slot-bound',
        `the source gives up a slot that is more than ${server.bound} behind (max_slot_wal_keep_size), and the copy with it: raise it if the copy takes longer than that much is written`,
      ),
    );
  if (subject.plan.copy.bytesPerSecond !== null)
    findings.push(
      info(
        'sync-unbounded',
        "copy.bytesPerSecond bounds Daybreak's own copy: should the source restart meanwhile, PostgreSQL's own table sync brings the tables that are left, and nothing bounds that",
      ),
    );
  return [...findings, ...(await foreignOrigins(subject.session))];
};

const changed = ({ parameter, from, to }: ParameterChange): string => `${parameter} from ${from} to ${to}`;

/** PostgreSQL's own subscriptions call theirs `pg_<oid>`. Changes of a foreign origin are not sent on to a subscriber of 16 or later. */
async function foreignOrigins(session: DatabaseSubject['session']): Promise<Finding[]> {
  const origins = await session.query<{ name: string }>(
    `SELECT roname AS name FROM pg_replication_origin WHERE roname !~ '^pg_\\d+(_\\d+)?$' ORDER BY 1`,
  );
  if (origins.length === 0) return [];
  const names = listed(origins.map(({ name }) => name));
  return [
    blocker(
      'replication-origins',
      `another system replicates into the source under the origins ${names}, and what it writes would not be followed: end it, then SELECT pg_replication_origin_drop(…)`,
    ),
  ];
}
