import { escapeLiteral } from 'pg';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import { lockTables } from './user-tables.ts';

/** Longer than `deadlock_timeout`, by default 1 s, after which the server ends an autovacuum somebody waits for (manual, Routine Vacuuming). */
const PATIENCE_MS = 5_000;

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
