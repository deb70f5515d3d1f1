import type { Custody } from '../../model/custody.ts';
import { raise } from '../../model/custody.ts';
import { sessionName } from '../../model/names.ts';
import type { HandOverFacts } from '../../model/progress.ts';
import type { Clients, Session } from '../clients.ts';
import type { HandOver, Login } from '../contract.ts';
import { doDeed, endOlderSessions } from './custody-store.ts';

export type Direction = HandOverFacts['direction'];

/** What an attempt is given from outside: nothing here asks Temporal, so that `rescue` runs without it. */
export interface AttemptOrder {
  readonly clients: Clients;
  readonly handOver: HandOver;
  readonly direction: Direction;
  /** Rises over attempts, activity resets and runs; see the design's words. */
  readonly token: number;
  /** Fires on cancel, pause, reset, time-out and shutdown: before the commit, writes are given back. */
  readonly abort: AbortSignal;
  /** Names the step that runs, for people. */
  readonly onStep: (step: string) => void;
}

/** An attempt that holds custody of the giving side under its token: enough to give writes back, whatever the other side does. */
export interface GiverHeld extends AttemptOrder, AsyncDisposable {
  readonly giver: Session;
  readonly giverLogin: Login;
  /** Custody of the giver as it was found, after the claim. */
  readonly found: Custody;
  /** Name of this attempt's sessions. */
  readonly name: string;
  readonly laps: { readonly name: string; readonly ms: number }[];
}

/** An attempt that holds both sides. */
export interface Attempt extends GiverHeld {
  readonly taker: Session;
}

/**
 * Logs in to the giving side, claims it under the token and ends what earlier attempts still hold there.
 * From then on no deed of an earlier attempt can commit on it. Throws `TokenOutdated` if a later one was here.
 */
export async function claimGiver(order: AttemptOrder): Promise<GiverHeld> {
  const { source, target, migration } = order.handOver;
  const giverLogin = order.direction === 'source-to-target' ? source : target;
  const name = sessionName(migration, order.token);
  const { session: giver, found } = await claimSide(order, giverLogin, name);
  return { ...order, giver, giverLogin, found, name, laps: [], [Symbol.asyncDispose]: () => giver.close() };
}

/** The same on the taking side; closes that side's session when disposed: the giver's is its holder's, and read after it. */
export async function claimTaker(held: GiverHeld): Promise<Attempt> {
  const { source, target } = held.handOver;
  const { session: taker } = await claimSide(held, held.direction === 'source-to-target' ? target : source, held.name);
  return {
    ...held,
    taker,
    [Symbol.asyncDispose]: () => taker.close(),
  };
}

async function claimSide({ clients, handOver, token }: AttemptOrder, login: Login, name: string) {
  const session = await clients.openSession(login, { name });
  try {
    const found = await session.transaction(() => doDeed(session, (custody) => raise(custody, token)));
    await endOlderSessions(session, handOver.migration, token);
    return { session, found };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Runs a named step: reported, timed, not begun once the attempt is aborted. */
export async function step<Result>(attempt: GiverHeld, name: string, deed: () => Promise<Result>): Promise<Result> {
  attempt.abort.throwIfAborted();
  attempt.onStep(name);
  const began = performance.now();
  const result = await deed();
  attempt.laps.push({ name, ms: Math.round(performance.now() - began) });
  return result;
}
