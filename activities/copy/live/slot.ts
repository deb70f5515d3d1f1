import { escapeIdentifier } from 'pg';
import type { Clients, Session } from '../../clients.ts';
import type { Login } from '../../contract.ts';
import { failure } from '../../failure.ts';
import { openReplication } from '../../postgres/replication-session.ts';

export interface FreshSlot extends AsyncDisposable {
  /** Where its stream begins: right behind what the snapshot sees. */
  readonly lsn: string;
  /** Lasts until this is disposed of, the slot itself stays. */
  readonly snapshot: string;
}

/**
 * Makes a logical slot and exports the snapshot it begins at. Waits for every write transaction of the server that is open now.
 * A slot of that name has to be dropped before.
 */
export async function makeSlot(clients: Clients, source: Login, slot: string, name: string): Promise<FreshSlot> {
  const walsender = await openReplication(clients, source, name);
  try {
    const { rows } = await walsender.client.query<{ consistent_point: string; snapshot_name: string }>(
      `CREATE_REPLICATION_SLOT ${escapeIdentifier(slot)} LOGICAL pgoutput (SNAPSHOT 'export')`,
    );
    const [made] = rows;
    if (made === undefined) throw new Error('CREATE_REPLICATION_SLOT answered nothing');
    return {
      lsn: made.consistent_point,
      snapshot: made.snapshot_name,
      [Symbol.asyncDispose]: () => walsender.close(),
    };
  } catch (error) {
    walsender.cut();
    throw walsender.translate(error);
  }
}

/** Drops the slot if it is there. Throws `CustodyHeldElsewhere` where somebody streams from it. */
export async function dropSlot(source: Session, slot: string): Promise<void> {
  const [found] = await source.query<{ active: boolean; pid: number | null }>(
    'SELECT active, active_pid AS pid FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  if (found === undefined) return;
  if (found.active)
    throw failure(
      'CustodyHeldElsewhere',
      `slot ${slot} is in use by process ${found.pid ?? '?'} of the source; wanted nobody to follow it before the copy is finished`,
    );
  await source.query('SELECT pg_drop_replication_slot($1)', [slot]);
}

/** Whether the slot still begins where it was made, so that rows of its snapshot and its stream fit together. */
export async function slotStandsAt(source: Session, slot: string, lsn: string): Promise<boolean> {
  const [found] = await source.query<{ fit: boolean }>(
    `SELECT confirmed_flush_lsn = $2::pg_lsn AND coalesce(wal_status, 'lost') <> 'lost' AS fit
       FROM pg_replication_slots WHERE slot_name = $1 AND database = current_database() AND plugin = 'pgoutput'`,
    [slot, lsn],
  );
  return found?.fit === true;
}
