import type { Clients, Session } from '../../clients.ts';
import type { Login } from '../../contract.ts';
import { holdSnapshot } from '../../copy/snapshot.ts';
import { together } from '../../together.ts';
import { fingerprintTable } from '../fingerprint.ts';
import { withHashSessions } from '../hash-sessions.ts';
import { inLanes } from '../lanes.ts';
import type { TableToHash } from '../table-list.ts';
import { keyed, type ComparedTable } from './catalogue.ts';
import { quotedName } from './changed-keys.ts';
import { differingKeys, type DifferingKeys } from './differing-keys.ts';
import { feedProgress, flushLog, logEnd } from './feed-progress.ts';
import { sumOfKeys, type Sum } from './key-rows.ts';
import type { KeyTracker } from './key-tracker.ts';
import { settleWhile, type Settling } from './settling.ts';
import { unseenBy } from './recent-transactions.ts';

/** Two databases, one of which follows the other while it is written. */
export interface MovingSides extends Settling {
  readonly clients: Clients;
  readonly giver: Login;
  readonly taker: Login;
  /** application_name of the sessions. */
  readonly name: string;
  readonly abort: AbortSignal;
}

/** What a pass says of a table: `unquiet` where it was emptied, or changed beyond what is remembered, between the snapshots. */
export interface TableOutcome {
  readonly compared: ComparedTable;
  readonly outcome: 'equal' | 'differs' | 'unquiet';
  /** Of the giver. */
  readonly rows: bigint;
  /** Keys of rows that differ; empty but for `differs`. */
  readonly found: DifferingKeys;
}

export interface PassResult {
  readonly outcomes: readonly TableOutcome[];
  /** Where it is not equal, a change before this place is to blame. */
  readonly until: bigint;
}

/** Tables compared side by side, on each server. */
const LANES = 4;

/** A snapshot of each side, and what was changed between the two. */
interface Between {
  /** First place at which the snapshots may differ. */
  readonly since: bigint;
  readonly changedOf: (table: string) => readonly string[] | null;
}

/**
 * Compares two snapshots of databases that move, the keys that may have changed between them taken out of both sums: what is left
 * has to be equal, however long the hashing takes. Keys are settled only once it is known which these are. `onTable` is told of each
 * table done.
 */
export async function comparePass(
  sides: MovingSides,
  tables: readonly ComparedTable[],
  onTable: () => void,
): Promise<PassResult> {
  const { clients, giver, taker, name, abort, sight, tracker } = sides;
  const { applied } = await feedProgress(sight.giver, sight.feed);
  await using theirs = await holdSnapshot(clients, taker, name);
  await using ours = await holdSnapshot(clients, giver, name);
  const [seen] = await ours.holder.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
  const until = await logEnd(sight.giver);
  await flushLog(sight.giver);
  await tracker.passed(until, abort);
  const hidden = tracker.changes.firstUnseen(unseenBy(seen?.snapshot ?? ''));
  const since = hidden !== null && hidden < applied ? hidden : applied;
  const changed = changedSince(tracker, since);
  const between: Between = { since, changedOf: (table) => (changed.has(table) ? (changed.get(table) ?? null) : []) };
  const outcomes = await settledBeside(sides, (ended) =>
    withHashSessions(ours.read, LANES, ended, (lanes) =>
      withHashSessions(theirs.read, LANES, ended, (others) => {
        const partner = new Map(lanes.map((lane, at) => [lane, others[at]]));
        return inLanes(lanes, tables, async (lane, table) => {
          const other = partner.get(lane);
          if (other === undefined) throw new Error('a lane without its other side');
          const outcome = await compareTable({ giver: lane, taker: other }, table, between);
          onTable();
          return outcome;
        });
      }),
    ),
  );
  for (const { compared, outcome } of outcomes)
    if (outcome === 'equal') tracker.changes.settleBefore(quotedName(compared), since);
  return { outcomes, until };
}

/** Keeps what is pending small while the deed goes on, however long that takes. Either's failure ends both. */
async function settledBeside<Result>(
  sides: MovingSides,
  deed: (abort: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const done = new AbortController();
  const [result] = await together<[Result, void]>(sides.abort, [
    (abort) => deed(abort).finally(() => done.abort()),
    (abort) => settleWhile(sides, AbortSignal.any([abort, done.signal])),
  ]);
  return result;
}

/** Keys by table; null where all rows may have changed. */
function changedSince({ changes }: KeyTracker, since: bigint): ReadonlyMap<string, readonly string[] | null> {
  return new Map(
    [...changes.pending].map(([table, { keys, whole }]) => [
      table,
      whole !== null && whole.last >= since ? null : [...keys].filter(([, lsn]) => lsn >= since).map(([key]) => key),
    ]),
  );
}

interface Pair {
  readonly giver: Session;
  readonly taker: Session;
}

async function compareTable(pair: Pair, compared: ComparedTable, between: Between): Promise<TableOutcome> {
  const changed = between.changedOf(quotedName(compared));
  const none: DifferingKeys = { keys: [], more: false };
  if (changed === null) return { compared, outcome: 'unquiet', rows: 0n, found: none };
  const { giver, taker } = compared;
  // A table that one side lacks differs, also where it has no rows.
  if (giver === null || taker === null) return { compared, outcome: 'differs', rows: 0n, found: none };
  const [ours, theirs] = await Promise.all([
    quietSum(pair.giver, compared, 'giver', giver, changed),
    quietSum(pair.taker, compared, 'taker', taker, changed),
  ]);
  if (ours.quiet.rows === theirs.quiet.rows && ours.quiet.hash === theirs.quiet.hash)
    return { compared, outcome: 'equal', rows: ours.rows, found: none };
  return { compared, outcome: 'differs', rows: ours.rows, found: await differingKeys(pair, compared, changed) };
}

/** All rows, and what they amount to without those that changed. */
async function quietSum(
  session: Session,
  compared: ComparedTable,
  side: 'giver' | 'taker',
  table: TableToHash,
  changed: readonly string[],
): Promise<{ readonly rows: bigint; readonly quiet: Sum }> {
  const print = await fingerprintTable(session, table);
  const all = { rows: BigInt(print.rows), hash: BigInt(print.hash) };
  const found = keyed(compared, side);
  if (changed.length === 0 || found === null) return { rows: all.rows, quiet: all };
  const moved = await sumOfKeys(session, found, changed);
  return { rows: all.rows, quiet: { rows: all.rows - moved.rows, hash: all.hash - moved.hash } };
}
