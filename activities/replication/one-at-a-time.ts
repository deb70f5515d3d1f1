import type { Session } from '../clients.ts';

/**
 * Runs a deed on a direction's publishing side, one attempt at a time: of two that both renew the password, the slower would leave a
 * subscription with one that is no longer valid. The server frees the turn of an attempt that dies.
 */
export async function oneAtATime<Result>(
  publisher: Session,
  name: string,
  deed: () => Promise<Result>,
): Promise<Result> {
  await publisher.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [name]);
  try {
    return await deed();
  } finally {
    await publisher.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [name]);
  }
}
