import type { Session } from '../clients.ts';
import { HASH_SETTINGS } from './fingerprint.ts';

/**
 * Lends `lanes` sessions that compute equal hashes on both sides, and closes them afterwards. An abort closes them at once: the
 * server notices within two seconds and stops computing; the signal's reason is thrown.
 */
export async function withHashSessions<Result>(
  open: () => Promise<Session>,
  lanes: number,
  abort: AbortSignal,
  deed: (sessions: readonly Session[]) => Promise<Result>,
): Promise<Result> {
  const sessions: Session[] = [];
  const close = async (): Promise<void> => void (await Promise.all(sessions.map((session) => session.close())));
  const onAbort = (): void => void close();
  abort.addEventListener('abort', onAbort, { once: true });
  try {
    for (let lane = 0; lane < lanes; lane += 1) sessions.push(await open());
    abort.throwIfAborted();
    await Promise.all(sessions.map((session) => session.query(HASH_SETTINGS)));
    return await deed(sessions);
  } catch (error) {
    abort.throwIfAborted();
    throw error;
  } finally {
    abort.removeEventListener('abort', onAbort);
    await close();
  }
}
