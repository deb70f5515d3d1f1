import type { Session } from '../clients.ts';

/** Whether the server follows another by its files, and takes no statement that changes anything. */
export async function isStandby(session: Session): Promise<boolean> {
  const [row] = await session.query<{ follows: boolean }>('SELECT pg_is_in_recovery() AS follows');
  return row?.follows === true;
}
