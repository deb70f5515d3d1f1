import { replicationNames } from '../../model/names.ts';
import type { Finding } from '../../model/finding.ts';
import { blocker, listed, warning, type Check, type DatabaseSubject } from './subject.ts';

interface Server {
  readonly wal_level: string;
  /** `-1`: a slot is never lost for being behind. */
  readonly bound: string;
  readonly slots: number;
  readonly senders: number;
  readonly workers: number;
}

/** What is still free on the source, our own slots of an earlier look aside. */
const SERVER = `
SELECT current_setting('wal_level') AS wal_level, current_setting('max_slot_wal_keep_size') AS bound,
       current_setting('max_replication_slots')::int
         - (SELECT count(*)::int FROM pg_replication_slots WHERE slot_name <> ALL ($1)) AS slots,
       current_setting('max_wal_senders')::int
         - (SELECT count(*)::int FROM pg_stat_replication WHERE application_name <> ALL ($1)) AS senders,
       current_setting('max_logical_replication_workers')::int
         - (SELECT count(*)::int FROM pg_stat_subscription WHERE pid IS NOT NULL AND subname <> ALL ($1)) AS workers`;

/** What the source holds for us at the same time, and the parameter that bounds it. */
const NEEDS = [
  { kind: 'slots', needed: 2, parameter: 'max_replication_slots', what: 'the feed and the tracker of changed keys' },
  {
    kind: 'senders',
    needed: 3,
    parameter: 'max_wal_senders',
    what: 'the feed, the tracker and one that is being made',
  },
  { kind: 'workers', needed: 1, parameter: 'max_logical_replication_workers', what: 'the way back' },
] as const;

/** Whether the source's server can publish its changes, and take back those of the target. */
export const checkReplicationServer: Check<DatabaseSubject> = async ({ session, migration }) => {
  const { forward, reverse, tracker } = replicationNames(migration);
  const [server] = await session.query<Server>(SERVER, [[forward, reverse, tracker]]);
  if (server === undefined) throw new Error('a SELECT without FROM answered no row');
  const findings: Finding[] = [];
  if (server.wal_level !== 'logical')
    findings.push(
      blocker(
        'wal-level',
        `the source's wal_level is ${server.wal_level}; wanted logical: set rds.logical_replication to 1 in its parameter group and reboot it`,
      ),
    );
  for (const { kind, needed, parameter, what } of NEEDS)
    if (server[kind] < needed)
      findings.push(
        blocker(
          `replication-${kind}`,
          `${Math.max(0, server[kind])} of the source's ${parameter} are free; wanted ${needed}, for ${what}: raise it in the parameter group and reboot, or end what uses them`,
        ),
      );
  if (server.bound !== '-1')
    findings.push(
      warning(
        'slot-bound',
        `the source gives up a slot that is more than ${server.bound} behind (max_slot_wal_keep_size), and the copy with it: raise it if the copy takes longer than that much is written`,
      ),
    );
  return [...findings, ...(await foreignOrigins(session))];
};

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
