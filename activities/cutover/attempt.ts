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

/** One attempt at a hand-over that holds custody of both sides under its token. */
export interface Attempt extends AttemptOrder, AsyncDisposable {
  readonly giver: Session;
  readonly taker: Session;
  readonly giverLogin: Login;
  readonly takerLogin: Login;
  readonly laps: { readonly name: string; readonly ms: number }[];
  /** Custody of the giver as it was found, after the claim. */
  readonly found: Custody;
  readonly name: string;
}

/**
 * Logs in to both sides, claims both under the token and ends what earlier attempts still hold there.
 * From then on no deed of an earlier attempt can commit. Throws `TokenOutdated` if a later one was here.
 */
export async function claim(order: AttemptOrder): Promise<Attempt> {
  const { clients, handOver, direction, token } = order;
  const [giverLogin, takerLogin] =
    direction === 'source-to-target' ? [handOver.source, handOver.target] : [handOver.target, handOver.source];
  const name = sessionName(handOver.migration, token);
  const giver = await clients.openSession(giverLogin, { name });
  try {
    const taker = await clients.openSession(takerLogin, { name });
    const close = async (): Promise<void> => void (await Promise.all([giver.close(), taker.close()]));
    try {
      const found = await raiseOn(giver, order);
      await raiseOn(taker, order);
      return { ...order, giver, taker, giverLogin, takerLogin, found, name, laps: [], [Symbol.asyncDispose]: close };
    } catch (error) {
      await taker.close();
      throw error;
    }
  } catch (error) {
    await giver.close();
    throw error;
  }
}

async function raiseOn(session: Session, { handOver, token }: AttemptOrder): Promise<Custody> {
  const found = await session.transaction(() => doDeed(session, (custody) => raise(custody, token)));
  await endOlderSessions(session, handOver.migration, token);
  return found;
}

/** Runs a named step: reported, timed, not begun once the attempt is aborted. */
export async function step<Result>(attempt: Attempt, name: string, deed: () => Promise<Result>): Promise<Result> {
  attempt.abort.throwIfAborted();
  attempt.onStep(name);
  const began = performance.now();
  const result = await deed();
  attempt.laps.push({ name, ms: Math.round(performance.now() - began) });
  return result;
}
