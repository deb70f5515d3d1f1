import type { Clients, Session } from '../../clients.ts';
import type { Sides } from '../../contract.ts';
import { sessionName } from '../../../model/names.ts';
import { openConnection, type Connection } from '../../postgres/connection.ts';
import { sessionOver } from '../../postgres/session.ts';
import { together } from '../../together.ts';
import { WITHOUT_LIMITS } from './without-limits.ts';
import type { WorkBoard } from './work-board.ts';

/** One connection to each side, for rows and for statements. */
export interface Lane {
  readonly source: End;
  readonly target: End;
  /** What one statement on the target may sort in. */
  readonly memoryKb: number;
}

export interface End {
  readonly connection: Connection;
  readonly session: Session;
}

/** As pg_dump sets them: the text of every value is exact, and read alike by the other server. */
const ALIKE = `SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3;
  SET bytea_output = 'hex'; SET xmloption = 'content'; SET search_path = ''; SET row_security = off; SET synchronize_seqscans = off;
  ${WITHOUT_LIMITS}`;

/** For all lanes together; each builds one index at a time. */
const MEMORY_KB = 1024 * 1024;
const LEAST_MEMORY_KB = 64 * 1024;

/**
 * Commits need not wait for the disk, for the last one of the copy does. No trigger fires. A frozen worker's transaction ends by
 * itself, so that it does not keep its successor waiting for the row it locked.
 */
const TARGET_SETTINGS = `${ALIKE}; SET synchronous_commit = off;
  SET session_replication_role = replica; SET check_function_bodies = off; SET max_parallel_maintenance_workers = 0;
  SET idle_in_transaction_session_timeout = '60s'`;

/** Works a board off to its end. */
export type Work = (board: WorkBoard<Lane>) => Promise<void>;

/**
 * Lends `count` lanes to a deed; all are closed when this settles. With the first task that fails, and on abort, all are cut;
 * throws what failed first, on abort its reason.
 */
export async function withLanes<Result>(
  clients: Clients,
  sides: Sides,
  { count, abort }: { readonly count: number; readonly abort: AbortSignal },
  deed: (work: Work) => Promise<Result>,
): Promise<Result> {
  const lanes: Lane[] = [];
  const connections = (): Connection[] => lanes.flatMap(({ source, target }) => [source.connection, target.connection]);
  const cut = (): void => {
    for (const connection of connections()) connection.cut();
  };
  try {
    const open = async (): Promise<void> => void lanes.push(await openLane(clients, sides, count));
    await together(
      abort,
      Array.from({ length: count }, () => open),
    );
    abort.addEventListener('abort', cut, { once: true });
    abort.throwIfAborted();
    return await deed((board) => workOff(board, lanes, cut, abort));
  } finally {
    abort.removeEventListener('abort', cut);
    await Promise.all(connections().map((connection) => connection.close()));
  }
}

/** One lane pours as long as there are rows, the others make the indexes of what is there first. */
async function workOff(
  board: WorkBoard<Lane>,
  lanes: readonly Lane[],
  cut: () => void,
  abort: AbortSignal,
): Promise<void> {
  const deeds = lanes.map((lane, at) => async (signal: AbortSignal) => {
    signal.addEventListener('abort', cut, { once: true });
    await board.work(lane, at === 0 ? 'rows' : 'build');
  });
  await together(abort, deeds);
}

async function openLane(clients: Clients, { migration, source, target }: Sides, count: number): Promise<Lane> {
  const options = { name: sessionName(migration, 0), statementTimeoutMs: 0 };
  const from = await openConnection(clients, source, options);
  try {
    const into = await openConnection(clients, target, options);
    const memoryKb = Math.max(LEAST_MEMORY_KB, Math.floor(MEMORY_KB / count));
    const lane = { source: endOf(from), target: endOf(into), memoryKb };
    await Promise.all([lane.source.session.query(ALIKE), lane.target.session.query(TARGET_SETTINGS)]);
    return lane;
  } catch (error) {
    from.cut();
    throw error;
  }
}

const endOf = (connection: Connection): End => ({ connection, session: sessionOver(connection) });
