import { setTimeout as wait } from 'node:timers/promises';
import { replicationNames } from '../../../model/names.ts';
import type { Clients, Session } from '../../clients.ts';
import type { Login } from '../../contract.ts';
import { HASH_SETTINGS } from '../fingerprint.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { flushLog, logEnd } from './feed-progress.ts';
import { compareRest, type FenceFacts } from './fence-comparison.ts';
import { byTable, keepFindings, namesOf } from './findings-file.ts';
import { trackKeys, type KeyTracker } from './key-tracker.ts';
import { look, type Sight } from './look.ts';
import { parseLsn } from './lsn.ts';
import { settleUntil, settleWhile, type Settling } from './settling.ts';
import { takeOver } from './tracker-slot.ts';

export interface FenceTrackerOrder {
  readonly migration: string;
  /** Logins of the side that has the writes, and of the one that follows it. */
  readonly giver: Login;
  readonly taker: Login;
  /** Publication and slot of that direction. */
  readonly feed: string;
  /** application_name of its connections: with the attempt's token, so that a successor ends them. */
  readonly name: string;
}

/** What is left to compare behind a fence. */
export interface Remainder {
  readonly pending: number;
  /** Tables that would be compared as a whole, however long that takes: another `verifyLive` spares the pause. */
  readonly whole: readonly string[];
  /** Tables that differ for certain: a fence would be for nothing. */
  readonly differing: readonly string[];
  /** Keys found equal until now. */
  readonly settled: number;
}

/** Carries a complete comparison (`verifyLive`) over to the moment of the fence: only what changed since is compared behind it. */
export interface FenceTracker extends AsyncDisposable {
  /**
   * Before the fence: waits until all that is committed now was compared, or written again since. What remains for `finish` is told;
   * within 200 ms after it no comparison of keys is under way.
   */
  settle(abort: AbortSignal): Promise<Remainder>;
  /** Once more what is applied by now: the later, the less is left for `finish`. */
  glance(abort: AbortSignal): Promise<void>;
  /** Behind the fence and after the drain: `upTo` is an LSN of the giver after which nobody has committed. */
  finish(upTo: string, abort: AbortSignal): Promise<FenceFacts>;
  /** Leaves the slot at what is compared: another attempt goes on there. */
  close(): Promise<void>;
}

/** Time for the last changes to come by themselves; a flush of the log costs the pause one write to disk. */
const UNFLUSHED_MS = 10;

/**
 * Begins to follow the giver from where the tracker's slot stands, and settles keys every 200 ms until `finish`. Throws
 * `VerificationFailed` where the slot is gone: all rows have to be compared first. Its sessions are warm, and nobody else's.
 */
export async function openTracker(clients: Clients, order: FenceTrackerOrder): Promise<FenceTracker> {
  const { migration, giver, feed, name } = order;
  const slot = replicationNames(migration).tracker;
  const [ours, theirs] = await openBoth(clients, order);
  try {
    let catalogue = await readCatalogue(ours, theirs);
    const keyOf = (table: string): readonly string[] | null => catalogue.get(table)?.key?.columns ?? null;
    const tracker = await takeOver(ours, slot, (start) =>
      trackKeys(clients, { login: giver, name, slot, publication: feed, start, keyOf }),
    );
    const settling = { sight: { giver: ours, taker: theirs, feed }, tracker, catalogue };
    return fenceTracker(settling, {
      refresh: async () => (catalogue = await readCatalogue(ours, theirs)),
      keep: (findings) => keepFindings(clients, migration, findings),
    });
  } catch (error) {
    await Promise.all([ours.close(), theirs.close()]);
    throw error;
  }
}

interface Means {
  /** Reads the catalogue anew. */
  readonly refresh: () => Promise<Catalogue>;
  readonly keep: (findings: Parameters<typeof keepFindings>[2]) => Promise<void>;
}

function fenceTracker(settling: Settling, { refresh, keep }: Means): FenceTracker {
  const { tracker, sight } = settling;
  let beside = settleBeside(settling);
  const close = async (): Promise<void> => {
    // What ended the settling is told by `settle` and `finish`; here it changes nothing any more.
    await beside.stop().catch(() => undefined);
    await tracker.close();
    await Promise.all([sight.giver.close(), sight.taker.close()]);
  };
  // Whoever ended the session, a successor or the network: nothing of this attempt may hold the slot any longer.
  void Promise.race([sight.giver.closed, sight.taker.closed]).then(() => tracker.close());
  return {
    settle: (abort) =>
      endedBy(abort, sight, async () => {
        await beside.stop();
        const found = await settleUntil(settling, await logEnd(sight.giver), abort);
        beside = settleBeside(settling);
        return { ...remainder(tracker), differing: namesOf(byTable(found, settling.catalogue)) };
      }),
    glance: (abort) =>
      endedBy(abort, sight, async () => {
        await beside.stop();
        await look(sight, settling.catalogue, tracker.changes);
        beside = settleBeside(settling);
      }),
    finish: (upTo, abort) =>
      endedBy(abort, sight, async () => {
        await beside.stop();
        await arrived(settling, parseLsn(upTo), abort);
        // A table made since then is in no catalogue of before the fence.
        const known = [...tracker.changes.pending.keys()].every((table) => settling.catalogue.has(table));
        const { facts, findings } = await compareRest(sight, known ? settling.catalogue : await refresh(), tracker);
        if (findings.length > 0) await keep(findings);
        return facts;
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function openBoth(clients: Clients, { giver, taker, name }: FenceTrackerOrder): Promise<[Session, Session]> {
  const open = async (login: Login): Promise<Session> => {
    const session = await clients.openSession(login, { name, statementTimeoutMs: 0 });
    await session.query(HASH_SETTINGS);
    return session;
  };
  const ours = await open(giver);
  const theirs = await open(taker).catch(async (error: unknown) => {
    await ours.close();
    throw error;
  });
  return [ours, theirs];
}

/** An abort ends the sessions, and with them whatever the servers compute; the signal's reason is thrown. */
async function endedBy<Result>(abort: AbortSignal, sight: Sight, deed: () => Promise<Result>): Promise<Result> {
  abort.throwIfAborted();
  const onAbort = (): void => void Promise.all([sight.giver.close(), sight.taker.close()]);
  abort.addEventListener('abort', onAbort, { once: true });
  try {
    return await deed();
  } catch (error) {
    abort.throwIfAborted();
    throw error;
  } finally {
    abort.removeEventListener('abort', onAbort);
  }
}

/** Settles keys until it is stopped; stopping throws what ended it before. */
function settleBeside(settling: Settling): { readonly stop: () => Promise<void> } {
  const done = new AbortController();
  const over = settleWhile(settling, done.signal).then(
    () => null,
    (error: unknown) => error,
  );
  return {
    stop: async () => {
      done.abort();
      const error = await over;
      if (error instanceof Error) throw error;
    },
  };
}

/** Waits until the tracker knows of all that was committed before `lsn`. */
async function arrived({ tracker, sight }: Settling, lsn: bigint, abort: AbortSignal): Promise<void> {
  const passed = tracker.passed(lsn, abort);
  await Promise.race([passed, wait(UNFLUSHED_MS)]);
  if (tracker.changes.position < lsn) await flushLog(sight.giver);
  await passed;
}

function remainder({ changes }: KeyTracker): Omit<Remainder, 'differing'> {
  const tables = [...changes.pending.values()];
  return {
    settled: changes.settled(),
    pending: tables.reduce((sum, { keys }) => sum + keys.size, 0),
    whole: tables.filter(({ whole }) => whole !== null).map(({ schema, table }) => `${schema}.${table}`),
  };
}
