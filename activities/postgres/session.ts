import type { QueryResult } from 'pg';
import type { OpenSession, Session } from '../clients.ts';
import { openConnection, type Connection, type LoginMeans } from './connection.ts';

/** Makes the one way sessions are opened. int8 and numeric come back as strings, for a number would lose digits. */
export function sessionOpener(means: LoginMeans): OpenSession {
  return async (login, options) => sessionOver(await openConnection(means, login, options));
}

/** A session on a connection that is open; closing one closes the other. */
export function sessionOver({ client, closed, translate, pid, close, cut }: Connection): Session {
  const run = async (sql: string, values?: readonly unknown[]): Promise<QueryResult[]> => {
    try {
      // Several statements in one text come back as several results, which the types do not tell.
      const answer: QueryResult | QueryResult[] = await client.query(
        sql,
        values === undefined ? undefined : [...values],
      );
      return Array.isArray(answer) ? answer : [answer];
    } catch (error) {
      // The answer may still arrive and would be taken for that of the next statement.
      if (error instanceof Error && error.message === 'Query read timeout') cut();
      throw translate(error);
    }
  };
  const query = async <Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]> =>
    (await run(sql, values)).at(-1)?.rows ?? [];
  const transaction = <Result>(deed: () => Promise<Result>): Promise<Result> => within(run, deed, cut);
  return { query, transaction, closed, pid, close, [Symbol.asyncDispose]: close };
}

async function within<Result>(
  run: (sql: string) => Promise<QueryResult[]>,
  deed: () => Promise<Result>,
  abandon: () => void,
): Promise<Result> {
  await run('BEGIN');
  try {
    const result = await deed();
    const [ended] = await run('COMMIT');
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, without an error.
    if (ended?.command !== 'COMMIT')
      throw new Error('a statement of the transaction failed and was passed over: nothing was committed');
    return result;
  } catch (error) {
    // Without a ROLLBACK the session would carry the transaction into the next deed: end it instead.
    await run('ROLLBACK').catch(abandon);
    throw error;
  }
}
