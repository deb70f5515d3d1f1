import { replicationNames, sessionName } from '../../../model/names.ts';
import type { Clients, Session } from '../../clients.ts';
import type { CopyFacts, Sides } from '../../contract.ts';
import { failure } from '../../failure.ts';
import { claimTarget, type TargetClaim } from '../target-claim.ts';
import { readBlueprint, type Blueprint } from './blueprint.ts';
import { complete, tieTogether } from './complete.ts';
import { forgetCopy, isSubscribed, readCopyState, readMarks, type CopyState, type Mark } from './copy-state.ts';
import { copyTable, rowsMark, type RowsOrder } from './copy-table.ts';
import { followUp } from './follow-up.ts';
import { withLanes, type Lane, type Work } from './lanes.ts';
import { laySchema } from './lay-schema.ts';
import { endLease } from './lease.ts';
import { lend } from './lend.ts';
import { reportLive, type LiveReport, type LiveSignals } from './live-progress.ts';
import { slotStandsAt } from './slot.ts';
import { countSynced } from './count-synced.ts';
import { syncTables } from './table-sync.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { throttle } from './throttle.ts';
import { WITHOUT_LIMITS } from './without-limits.ts';
import { workBoard } from './work-board.ts';

export interface LiveCopyInput extends Sides {
  /** Lanes: connections to each side that copy rows and build indexes. */
  readonly jobs: number;
  /** Of all lanes together; null: no bound. */
  readonly bytesPerSecond: number | null;
}

/** One attempt that has claimed the target. `from` and `into`: sessions outside of the snapshot. */
interface Copying {
  readonly clients: Clients;
  readonly input: LiveCopyInput;
  readonly name: string;
  readonly claim: TargetClaim;
  readonly from: Session;
  readonly into: Session;
  readonly progress: LiveReport;
  readonly abort: AbortSignal;
}

/**
 * Copies the source while it takes writes: slot `forward` and the snapshot it begins at, then schema, rows, indexes, constraints
 * and statistics of that snapshot on the target, so that a subscription to the slot makes both sides equal from there on.
 * Publication `forward` has to be there before, or the slot's stream could not be read.
 *
 * Any number of attempts may run: the last to claim the target wins, each goes on where the one before was ended, by whatever
 * hand. Throws `CopyFailed`, `DatabaseUnreachable`, `DatabaseRefused`, `CustodyHeldElsewhere`, `TokenOutdated`, and on abort the
 * signal's reason; the snapshot then stays leased for the next attempt, for twelve hours at most. An attempt that finds it lost keeps the
 * tables that are done and lets PostgreSQL sync the others: subscription `forward` is then there when this settles, disabled.
 */
export async function copyLive(clients: Clients, input: LiveCopyInput, signals: LiveSignals): Promise<CopyFacts> {
  const { abort } = signals;
  abort.throwIfAborted();
  const { migration, source, target } = input;
  const name = sessionName(migration, 0);
  using progress = reportLive(signals.heartbeat);
  await using into = await clients.openSession(target, { name, statementTimeoutMs: 0 });
  await using from = await clients.openSession(source, { name, statementTimeoutMs: 0 });
  // A statement that waits for a lock would outlast the abort.
  abort.addEventListener('abort', () => void Promise.allSettled([from.close(), into.close()]), { once: true });
  try {
    await Promise.all([from.query(WITHOUT_LIMITS), into.query(WITHOUT_LIMITS)]);
    const finished = await finishedBefore(migration, from, into);
    if (finished !== null) return await factsOf(into, finished);
    // A frozen attempt may hold the row a claim locks: that has to end before the claim, not with it.
    await Promise.all([endStaleSessions(into, name), endStaleSessions(from, name)]);
    const claim = await claimTarget(() => clients.openSession(source, { name }), into, { migration, token: 0 });
    await copyClaimed({ clients, input, name, claim, from, into, progress, abort });
    return await factsOf(into, await readCopyState(into));
  } catch (error) {
    abort.throwIfAborted();
    throw error;
  }
}

/** A finished copy whose slot is gone, and which nothing follows yet, is of no use. */
async function finishedBefore(migration: string, from: Session, into: Session): Promise<CopyState | null> {
  const state = await readCopyState(into);
  const followed = await isSubscribed(into, migration);
  if (state?.finished === true)
    return followed || (await slotStandsAt(from, replicationNames(migration).forward, state.slotLsn)) ? state : null;
  if (!followed || state?.syncing === true) return null;
  throw failure(
    'CopyFailed',
    `found subscription ${replicationNames(migration).forward} on the target; wanted none before the copy is finished: drop it, then retry`,
  );
}

async function copyClaimed(copying: Copying): Promise<void> {
  const { clients, input, claim, from, into, progress, abort } = copying;
  progress.stage('snapshot');
  const found = await readCopyState(into);
  const order = { ...input, clients, claim, from, into };
  const taken = await takeSnapshot(order, found?.finished === true ? null : found);
  if (taken.lease === null) return copyWithoutSnapshot(copying, taken.goesOn.blueprint);
  const { lease, goesOn } = taken;
  try {
    progress.stage('schema');
    const blueprint = goesOn?.blueprint ?? (await makeSchema(copying, lease.snapshot));
    await withLanes(clients, input, { count: input.jobs, abort }, async (work) => {
      const analysed = await copyRows(copying, blueprint, { snapshot: lease.snapshot, work });
      await tie(copying, { blueprint, analysed }, work);
    });
    progress.stage('finish');
    await complete(into, { claim, blueprint });
  } finally {
    lease.leave();
  }
  await endLease(from, input.migration);
}

/** What is left comes by PostgreSQL's table sync; whatever needs all rows is made when nothing moves on the target again. */
async function copyWithoutSnapshot(copying: Copying, blueprint: Blueprint): Promise<void> {
  const { clients, input, claim, into, progress, abort } = copying;
  const lanes = { count: input.jobs, abort };
  const done = await marksOf(into);
  progress.plan(blueprint.tables, (table) => done.get(rowsMark(table)));
  progress.stage('sync');
  const left = blueprint.tables.filter((table) => !done.has(rowsMark(table)));
  const board = workBoard<Lane>();
  // Changes need their table's key from the first on.
  for (const table of blueprint.tables) followUp(table, { claim, blueprint, done, board, analysed: null });
  await withLanes(clients, input, lanes, (work) => work(board));
  if (left.length > 0) await syncTables({ ...copying, ...input }, left);
  await withLanes(clients, input, lanes, async (work) => {
    await work(countSynced(left, claim));
    await tie(copying, { blueprint, analysed: null }, work);
  });
  progress.stage('finish');
  await complete(into, { claim, blueprint });
}

/** What a frozen or killed attempt left: it would hold back VACUUM on the source, the slot, or locks on the target. */
async function endStaleSessions(session: Session, name: string): Promise<void> {
  await session.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()`,
    [name],
  );
}

async function makeSchema(copying: Copying, snapshot: string): Promise<Blueprint> {
  const { clients, input, name, claim, into, abort } = copying;
  const { migration, source } = input;
  await using inside = await clients.openSession(source, { name, statementTimeoutMs: 0 });
  await inside.query(WITHOUT_LIMITS);
  await inside.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await inside.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
  const read = await readBlueprint(clients, { migration, source, snapshot, inside, name }, abort);
  await laySchema(into, claim, { migration, read });
  return read.blueprint;
}

async function copyRows(
  { input, claim, from, into, progress }: Copying,
  blueprint: Blueprint,
  { snapshot, work }: { readonly snapshot: string; readonly work: Work },
): Promise<ReadonlySet<string>> {
  const done = await marksOf(into);
  progress.plan(blueprint.tables, (table) => done.get(rowsMark(table)));
  progress.stage('rows');
  const board = workBoard<Lane>(rowsAtOnce(input.jobs));
  const order: RowsOrder = {
    claim,
    snapshot,
    progress,
    throttle: throttle(input.bytesPerSecond),
    look: lend(from),
    forget: () => forgetCopy(into, claim),
  };
  const follow = { claim, blueprint, done, board, analysed: new Set<string>() };
  for (const table of blueprint.tables) {
    if (done.has(rowsMark(table))) followUp(table, follow);
    else
      board.add({
        kind: 'rows',
        bytes: table.bytes,
        run: async (lane) => {
          await copyTable(lane, table, order);
          followUp(table, follow);
        },
      });
  }
  await work(board);
  return follow.analysed;
}

/**
 * One COPY keeps about a core of the target busy, and lanes are two a core: did all of them pour at first, the biggest table, which
 * has the longest way to go after its rows, would get a small share of it.
 */
const rowsAtOnce = (lanes: number): number => Math.max(2, Math.ceil(lanes / 2));

async function tie(
  { claim, into, progress }: Copying,
  tied: { readonly blueprint: Blueprint; readonly analysed: ReadonlySet<string> | null },
  work: Work,
): Promise<void> {
  progress.stage('constraints');
  await work(await tieTogether(into, { claim, ...tied, done: await marksOf(into) }));
}

const marksOf = async (into: Session): Promise<ReadonlyMap<string, Mark>> =>
  new Map((await readMarks(into)).map((mark) => [mark.what, mark]));

async function factsOf(into: Session, state: CopyState | null): Promise<CopyFacts> {
  const tables = (await readMarks(into)).filter(({ what }) => what.startsWith(rowsMark({ name: '' })));
  const sum = (of: 'rows' | 'bytes'): number => tables.reduce((total, mark) => total + mark[of], 0);
  return {
    tables: tables.length,
    rows: sum('rows'),
    bytes: sum('bytes'),
    durationMs: Math.round(state?.elapsedMs ?? 0),
  };
}
