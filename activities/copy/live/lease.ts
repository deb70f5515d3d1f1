import { shortId } from '../../../model/names.ts';
import type { Clients, Session } from '../../clients.ts';
import type { Login } from '../../contract.ts';
import { openConnection, type Connection } from '../../postgres/connection.ts';
import { WITHOUT_LIMITS } from './without-limits.ts';

/**
 * A snapshot that outlives the worker: a session of its own imports it, exports it again and then sleeps in one statement, which
 * a server does to the end whether its client lives or not. As long as it sleeps anybody can enter the snapshot by its id; a lease
 * that nobody renews ends by itself, for it holds back VACUUM on the source.
 */
export interface Lease {
  /** For SET TRANSACTION SNAPSHOT. */
  readonly snapshot: string;
  /** What the snapshot sees, as pg_current_snapshot() says it: two snapshots with the same answer are the same. */
  readonly sees: string;
  readonly pid: number;
  /** Lets go of the session without ending it: the lease stays for the next attempt. */
  readonly leave: () => void;
}

/** Within this time a worker that died has to be replaced, or a run that was paused resumed, or the rest comes slower, by table sync: a night. */
const LEASE_S = 12 * 3600;

/** `application_name` of the sleeping session; no number stands in it, so that no attempt's token ends it. */
export const leaseName = (migration: string): string => `daybreak/${shortId(migration)}/lease`;

/**
 * Takes a lease on `snapshot`. Throws `DatabaseRefused` where no living transaction exports it any more. While the worker lives
 * the lease is renewed; call `leave` in the end, whatever happened.
 */
export async function takeLease(
  clients: Clients,
  source: Login,
  { migration, snapshot }: { readonly migration: string; readonly snapshot: string },
): Promise<Lease> {
  const holder = await openConnection(clients, source, { name: leaseName(migration), statementTimeoutMs: 0 });
  try {
    // Else the server would look for its client while it sleeps, and end the lease with it.
    await holder.client.query(`SET client_connection_check_interval = 0; ${WITHOUT_LIMITS}`);
    await holder.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await holder.client.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
    const { rows } = await holder.client.query<{ snapshot: string; sees: string }>(
      'SELECT pg_export_snapshot() AS snapshot, pg_current_snapshot()::text AS sees',
    );
    const [exported] = rows;
    if (exported === undefined) throw new Error('pg_export_snapshot() answered nothing');
    sleep(holder);
    return { ...exported, pid: holder.pid, leave: holder.cut };
  } catch (error) {
    holder.cut();
    throw holder.translate(error);
  }
}

/** Sleeps again and again as long as we live. Its end, by whatever hand, shows where the snapshot is entered next. */
function sleep(holder: Connection): void {
  holder.client.query(`SELECT pg_sleep(${LEASE_S})`).then(
    () => sleep(holder),
    () => undefined,
  );
}

/** Ends the leases of this migration, but for `keep`; answers how many there were. `source`: a session of the role that took them. */
export async function endLease(source: Session, migration: string, keep = 0): Promise<number> {
  const ended = await source.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE application_name = $1 AND datname = current_database() AND pid <> $2`,
    [leaseName(migration), keep],
  );
  return ended.length;
}
