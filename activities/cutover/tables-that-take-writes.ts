import type { Session } from '../clients.ts';
import { USER_TABLES } from './user-tables.ts';

/** Tables without the refusing trigger, quoted: on a side that follows, those made since it was closed. */
export async function tablesThatTakeWrites(session: Session): Promise<readonly string[]> {
  const found = await session.query<{ name: string }>(
    `SELECT name FROM (${USER_TABLES}) t
      WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t.oid AND tgname = 'daybreak_refuse')`,
  );
  return found.map(({ name }) => name);
}
