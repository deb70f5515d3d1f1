import type { Session } from '../clients.ts';
import { TABLES_THAT_TAKE_WRITES } from './user-tables.ts';

/** Tables without the refusing trigger, quoted: on a side that follows, those made since it was closed. */
export async function tablesThatTakeWrites(session: Session): Promise<readonly string[]> {
  const found = await session.query<{ name: string }>(TABLES_THAT_TAKE_WRITES);
  return found.map(({ name }) => name);
}
