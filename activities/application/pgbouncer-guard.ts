import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { sessionName } from '../../model/names.ts';
import type { PgbouncerSwitch } from '../../model/plan-values.ts';
import type { HandOverFacts } from '../../model/progress.ts';
import type { Clients, Session } from '../clients.ts';
import type { HandOver, Login } from '../contract.ts';
import { readCustodyRow } from '../cutover/custody-store.ts';
import { reopeningName } from '../cutover/fence.ts';
import { deedFor, stageOf, type HandOverSeen, type Stage } from './pgbouncer-guard-rule.ts';
import { isPaused } from './pgbouncer-pool.ts';
import { openPgbouncerSwitch } from './pgbouncer-switch.ts';

const LOOK_MS = 250;
const READ_LIMIT_MS = 1_000;

export type GuardInput = HandOver & { readonly direction: HandOverFacts['direction'] };

/**
 * A standby beside a hand-over: PgBouncer itself never ends a pause. It looks at custody and the poolers every 250 ms, and lets the
 * clients of a pool go on that is still paused after the hand-over opened, was given back or is past its deadline; before that, a pool
 * that leads to the taker while the giver has the writes is led back. Ends when `abort` fires, or when the hand-over is over and no pool
 * is paused. Answers the names of the switches it resumed.
 */
export async function guardPoolers(
  clients: Clients,
  input: GuardInput,
  { abort }: { readonly abort: AbortSignal },
): Promise<{ readonly resumed: readonly string[] }> {
  const poolers = input.plan.switches.filter((each) => each.kind === 'pgbouncer');
  const resumed = new Set<string>();
  const pausedSince = new Map<string, number>();
  await using custody = custodyReader(clients, input);
  while (!abort.aborted && poolers.length > 0) {
    const stage = stageOf(await custody.read());
    const settled = await Promise.all(
      poolers.map(async (plan) => {
        const outcome = await lookAfter(plan, { clients, input, stage, pausedSince });
        if (outcome === 'resumed') resumed.add(plan.name);
        return outcome !== 'paused' && outcome !== 'unseen';
      }),
    );
    if (settled.every(Boolean) && (stage === 'opened' || stage === 'given-back' || stage === 'over')) break;
    await wait(LOOK_MS, undefined, { signal: abort }).catch(() => undefined);
  }
  return { resumed: [...resumed] };
}

interface Watch {
  readonly clients: Clients;
  readonly input: GuardInput;
  readonly stage: Stage;
  /** By switch name, on this process's clock. */
  readonly pausedSince: Map<string, number>;
}

/** A pooler that cannot be reached is looked at again; `unseen` until then. */
async function lookAfter(
  plan: PgbouncerSwitch,
  { clients, input, stage, pausedSince }: Watch,
): Promise<'open' | 'paused' | 'resumed' | 'unseen'> {
  try {
    if (!(await isPaused(plan, clients))) {
      pausedSince.delete(plan.name);
      return 'open';
    }
    const since = pausedSince.get(plan.name) ?? performance.now();
    pausedSince.set(plan.name, since);
    const deed = deedFor(stage, performance.now() - since, input.plan.cutover.maxWritePause);
    if (deed === 'wait') return 'paused';
    const { migration, source, target } = input;
    const it = openPgbouncerSwitch(plan, { migration, from: source, to: target }, clients);
    if (deed === 'point-to-giver-and-resume') await (input.direction === 'source-to-target' ? it.revert() : it.apply());
    await it.resume?.();
    return 'resumed';
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'SwitchFailed') return 'unseen';
    throw error;
  }
}

interface CustodyReader extends AsyncDisposable {
  read(): Promise<HandOverSeen>;
}

function custodyReader(
  clients: Clients,
  { migration, source, target, direction, handOver }: GuardInput,
): CustodyReader {
  const [giverLogin, takerLogin] = direction === 'source-to-target' ? [source, target] : [target, source];
  const giver = side(clients, giverLogin, migration);
  const taker = side(clients, takerLogin, migration);
  return {
    read: async () => {
      const [given, taken] = await Promise.all([giver.read(), taker.read()]);
      return { handOver, giver: given?.row ?? null, taker: taken?.row ?? null, giverNowMs: given?.nowMs ?? null };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([giver.close(), taker.close()]);
    },
  };
}

/** One side's custody, on a session that is opened anew when it breaks; null where it cannot be read now. */
function side(clients: Clients, login: Login, migration: string) {
  let session: Session | null = null;
  const close = async (): Promise<void> => {
    const last = session;
    session = null;
    await last?.close().catch(() => undefined);
  };
  let reading: ReturnType<typeof readNow> | null = null;
  const readNow = async () => {
    try {
      // The fence ends every session but those of this name: the guard, too, is to outlive the attempt.
      session ??= await clients.openSession(login, {
        name: reopeningName(sessionName(migration, 0)),
        statementTimeoutMs: 2_000,
      });
      const row = await readCustodyRow(session);
      const [clock] = await session.query<{ now: string }>(
        'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
      );
      return { row, nowMs: Number(clock?.now) };
    } catch {
      await close();
      return null;
    } finally {
      reading = null;
    }
  };
  // A server that does not answer must not keep the guard from the poolers.
  const read = () => Promise.race([(reading ??= readNow()), wait(READ_LIMIT_MS, null)]);
  return { read, close };
}
