import type { Clients, Session } from '../../clients.ts';
import type { Sides } from '../../contract.ts';
import { sessionName } from '../../../model/names.ts';
import { openConnection, type Connection } from '../../postgres/connection.ts';
import { sessionOver } from '../../postgres/session.ts';
import { together } from '../together.ts';
import type { Task, WorkBoard } from './work-board.ts';

/** One connection to each side, for rows and for statements. */
export interface Lane {
  readonly source: End;
  readonly target: End;
}

export interface End {
  readonly connection: Connection;
  readonly session: Session;
}

/** As pg_dump sets them: the text of every value is exact, and read alike by the other server. */
const ALIKE = `SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3;
  SET bytea_output = 'hex'; SET xmloption = 'content'; SET search_path = ''; SET row_security = off; SET synchronize_seqscans = off`;

/** For all lanes together; each builds one index at a time. */
const MAINTENANCE_MB = 1024;
const LEAST_MAINTENANCE_MB = 64;

/**
 * Commits need not wait for the disk, for the last one of the copy does. No trigger fires. A frozen worker's transaction ends by
 * itself, so that it does not keep its successor waiting for the row it locked.
 */
const targetSettings = (lanes: number): string => `${ALIKE}; SET synchronous_commit = off;
  SET session_replication_role = replica; SET check_function_bodies = off; SET max_parallel_maintenance_workers = 0;
  SET maintenance_work_mem = '${Math.max(LEAST_MAINTENANCE_MB, Math.floor(MAINTENANCE_MB / lanes))}MB';
  SET idle_in_transaction_session_timeout = '60s'`;

/** Works the board off in `count` lanes; all are closed when it settles. On abort they are cut, and its reason is thrown. */
export async function inLanes(
  clients: Clients,
  { migration, source, target }: Sides,
  { count, board, abort }: { readonly count: number; readonly board: WorkBoard<Lane>; readonly abort: AbortSignal },
): Promise<void> {
  const name = sessionName(migration, 0);
  const lane = async (signal: AbortSignal, prefers: Task<Lane>['kind']): Promise<void> => {
    await using from = await openEnd(() => openConnection(clients, source, { name, statementTimeoutMs: 0 }), signal);
    await using into = await openEnd(() => openConnection(clients, target, { name, statementTimeoutMs: 0 }), signal);
    await Promise.all([from.session.query(ALIKE), into.session.query(targetSettings(count))]);
    await board.work({ source: from, target: into }, prefers);
  };
  // One lane pours as long as there are rows, the others make the indexes of what is there first.
  const lanes = Array.from(
    { length: count },
    (_, at) => (signal: AbortSignal) => lane(signal, at === 0 ? 'rows' : 'build'),
  );
  await together(abort, lanes);
}

async function openEnd(open: () => Promise<Connection>, abort: AbortSignal): Promise<End & AsyncDisposable> {
  const connection = await open();
  abort.addEventListener('abort', connection.cut, { once: true });
  if (abort.aborted) connection.cut();
  return { connection, session: sessionOver(connection), [Symbol.asyncDispose]: () => connection.close() };
}
