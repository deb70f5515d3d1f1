import { escapeLiteral } from 'pg';
import type { RolePlan } from '../../model/plan.ts';
import { failure } from '../failure.ts';
import type { GiverHeld } from './attempt.ts';
import { USER_TABLES } from './user-tables.ts';

/** Asks for the lock that a write takes, table by table and without waiting; names those that were to be had. */
const ASK_EVERY_TABLE = `BEGIN READ WRITE; DO ${escapeLiteral(`DECLARE
  item record;
  free text := '';
BEGIN
  FOR item IN ${USER_TABLES} LOOP
    BEGIN
      EXECUTE 'LOCK TABLE ONLY ' || item.name || ' IN ROW EXCLUSIVE MODE NOWAIT';
      free := concat_ws(', ', nullif(free, ''), item.name);
    EXCEPTION WHEN lock_not_available THEN NULL;
    END;
  END LOOP;
  PERFORM set_config('daybreak.free', free, true);
END`)}; SELECT current_setting('daybreak.free') AS free; `;

/**
 * The role we work as cannot be locked out by itself: an application that logs in as it may come in and read. What it must not find is a
 * table it could write, also where it does not keep to the read-only default. Throws `FenceNotProved`.
 */
export async function proveHeld({ clients, giverLogin, name }: GiverHeld, role: RolePlan): Promise<void> {
  await using session = await clients.openSession(
    { ...giverLogin, user: role.name, password: role.password },
    { name, statementTimeoutMs: 0 },
  );
  const [row] = await session.query<{ free: string }>(ASK_EVERY_TABLE);
  if (row?.free !== '')
    throw failure(
      'FenceNotProved',
      `${role.name} could still write ${row?.free ?? 'anything'}; wanted every table locked`,
    );
}
