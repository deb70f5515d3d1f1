import { escapeLiteral } from 'pg';
import type { Clients, Session } from '../clients.ts';
import type { Login } from '../contract.ts';
import { failure } from '../failure.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import { lockTables } from './user-tables.ts';

/** Longer than `deadlock_timeout`, by default 1 s, after which the server ends an autovacuum somebody waits for (manual, Routine Vacuuming). */
const PATIENCE_MS = 5_000;
/** If we freeze, the server lets go after this. */
const IDLE_LIMIT = '60s';

/**
 * In the transaction that is open: whoever writes goes on, and no vacuum or ANALYZE begins on any table. One that runs holds up every
 * stronger lock for a second before it is ended: that has to be waited for while nobody else waits. Throws `FenceNotProved`.
 */
export async function holdOffVacuum(session: Session): Promise<void> {
  try {
    await session.query(
      `SET LOCAL lock_timeout = ${PATIENCE_MS}; DO ${escapeLiteral(`BEGIN ${lockTables('SHARE UPDATE EXCLUSIVE')} END`)}`,
    );
  } catch (error) {
    if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    throw failure(
      'FenceNotProved',
      `a table could not be kept from vacuum within ${PATIENCE_MS} ms; wanted no VACUUM, ANALYZE, CREATE INDEX or DDL under way, nor an autovacuum to prevent wraparound`,
    );
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Holds vacuum off on a side whose tables this attempt changes by another session, until it is let go for that. */
export interface VacuumHold extends AsyncDisposable {
  begin(): Promise<void>;
  letGo(): Promise<void>;
}

export async function readyVacuumHold(clients: Clients, login: Login, name: string): Promise<VacuumHold> {
  const session = await clients.openSession(login, { name });
  return {
    begin: async () => {
      await session.query(`SET idle_in_transaction_session_timeout = '${IDLE_LIMIT}'; BEGIN`);
      await holdOffVacuum(session);
    },
    letGo: async () => void (await session.query('ROLLBACK')),
    [Symbol.asyncDispose]: () => session.close(),
  };
}
