import { replicationNames } from '../../../model/names.ts';
import type { Clients, Session } from '../../clients.ts';
import type { Login } from '../../contract.ts';
import { sqlStateOf } from '../../postgres/postgres-failure.ts';
import { HASH_SETTINGS } from '../fingerprint.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { logEnd } from './feed-progress.ts';
import type { FenceTrackerOrder } from './fence-tracker.ts';
import { byTable, namesOf } from './findings-file.ts';
import { trackKeys, type KeyTracker, type TrackerOrder } from './key-tracker.ts';
import type { Sight } from './look.ts';
import { settleUntil } from './settling.ts';
import { standsAt } from './tracker-slot.ts';
import { askTurn } from './tracker-turn.ts';

/** What has become of a verdict that both sides are equal. */
export interface CarriedAlong {
  /** Tables that differ for certain. */
  readonly differing: readonly string[];
  /** Tables that changed beyond what is remembered: only comparing all their rows again can tell. */
  readonly whole: readonly string[];
}

/** SQLSTATE where another connection reads the slot. */
const IN_USE = '55006';

/**
 * Carries the last `verifyLive` along to now: compares what changed since, and moves the tracker's slot on, so that the giver need keep
 * no more log for it and a cutover finds little left to compare. Null where nothing was verified yet, or somebody else reads the
 * tracker; that one is never disturbed. Throws `VerificationFailed` where the slot was given up by the server, and `ResourceNotReady`
 * where the taker applies nothing.
 */
export async function carryAlong(
  clients: Clients,
  { migration, giver, taker, feed, name }: FenceTrackerOrder,
  abort: AbortSignal,
): Promise<CarriedAlong | null> {
  const slot = replicationNames(migration).tracker;
  const open = async (login: Login): Promise<Session> => {
    const session = await clients.openSession(login, { name, statementTimeoutMs: 0 });
    await session.query(HASH_SETTINGS);
    return session;
  };
  await using ours = await open(giver);
  const start = (await askTurn(ours, slot)) ? await standsAt(ours, slot) : null;
  if (start === null) return null;
  await using theirs = await open(taker);
  const onAbort = (): void => void Promise.all([ours.close(), theirs.close()]);
  abort.addEventListener('abort', onAbort, { once: true });
  let gaveWay = false;
  void ours.closed.then(() => (gaveWay = true));
  try {
    const order = { login: giver, name, slot, publication: feed, start };
    return await carried(clients, { giver: ours, taker: theirs, feed }, order, abort);
  } catch (error) {
    abort.throwIfAborted();
    if (gaveWay) return null;
    throw error;
  } finally {
    abort.removeEventListener('abort', onAbort);
  }
}

async function carried(
  clients: Clients,
  sight: Sight,
  order: Omit<TrackerOrder, 'keyOf'>,
  abort: AbortSignal,
): Promise<CarriedAlong | null> {
  const catalogue = await readCatalogue(sight.giver, sight.taker);
  const keyOf = (table: string): readonly string[] | null => catalogue.get(table)?.key?.columns ?? null;
  await using tracker = await trackKeys(clients, { ...order, keyOf }).catch(unlessInUse);
  if (tracker === null) return null;
  // Ended by somebody whose turn it is: the slot must be let go of at once.
  void sight.giver.closed.then(() => tracker.close());
  const found = await settleUntil({ sight, tracker, catalogue }, await logEnd(sight.giver), abort);
  return { differing: namesOf(byTable(found, catalogue)), whole: wholeOf(tracker, catalogue) };
}

function unlessInUse(error: unknown): null {
  if (sqlStateOf(error) === IN_USE) return null;
  throw error;
}

/** A table that is gone on both sides has nothing left to compare. */
const wholeOf = ({ changes }: KeyTracker, catalogue: Catalogue): string[] =>
  [...changes.pending].flatMap(([name, { schema, table, whole }]) =>
    whole !== null && catalogue.has(name) ? [`${schema}.${table}`] : [],
  );
