import { CancellationScope, sleep } from '@temporalio/workflow';
import type { CustodyPair, HandOver } from '../activities/contract.ts';
import { isWritable, type Custody } from '../model/custody.ts';
import { TASK_QUEUES } from '../model/names.ts';
import type { HandOverFacts } from '../model/progress.ts';
import { traitsOf } from '../model/strategy.ts';
import { set, sides, wayBackFound, type Migration } from './migration.ts';
import { call } from './policies.ts';
import { stepFailureOf, type StepFailure } from './step-failure.ts';

/** How a hand-over of writes ended, by custody alone. `not-begun`: it never fenced. `facts` are for people and may be missing. */
export type HandOverEnd =
  | { readonly kind: 'handed-over'; readonly facts: HandOverFacts | null }
  | { readonly kind: 'not-begun' | 'given-back'; readonly failure: StepFailure };

export interface HandOverOrder {
  readonly direction: HandOverFacts['direction'];
  /** Identifies it in custody. */
  readonly handOver: string;
  readonly expiresAt: string | null;
  readonly label: string;
}

/** Time that Temporal grants beyond the plan's `maxWritePause`: the attempt itself keeps that bound, this is the backstop. */
const BACKSTOP_MS = 60_000;

/**
 * Hands the writes over. What the activity says is never believed: anybody can complete one by hand, and a time-out says nothing about the
 * attempt. Custody decides, and where it is not final it is settled first, under a token above every attempt's.
 */
export async function handOverWrites(m: Migration, order: HandOverOrder): Promise<HandOverEnd> {
  const { direction, handOver, expiresAt } = order;
  const makesCluster = direction === 'source-to-target' && traitsOf(m.input.plan).target === 'restored';
  const input = {
    ...sides(m),
    plan: m.input.plan,
    handOver,
    expiresAt,
    ...wayBackFound(m),
    ...(makesCluster ? { engineVersion: m.targetVersion } : {}),
  };
  const guard = guardClients({ ...input, direction });
  const tried = await attempt(m, order, input);
  const seen = await read(m);
  const custody = seen !== null && isHandedOver(seen, order) ? seen : await settle(m, input, order);
  await guard.end();
  if (isHandedOver(custody, order)) return { kind: 'handed-over', facts: 'facts' in tried ? tried.facts : null };
  const failure = 'failure' in tried ? tried.failure : COMPLETED_FALSELY;
  return { kind: giverOf(custody, direction)?.handOver === handOver ? 'given-back' : 'not-begun', failure };
}

/** Where a pooler holds the clients, somebody else than the attempt has to be able to let them go on. */
function guardClients(input: HandOver & Pick<HandOverOrder, 'direction'>): { readonly end: () => Promise<void> } {
  if (!input.plan.switches.some(({ kind }) => kind === 'pgbouncer')) return { end: async () => undefined };
  const scope = new CancellationScope();
  const guarding = scope
    .run(() => call('guardPoolers', 'stand by to let held clients go on', input))
    .catch((error: unknown) => void stepFailureOf(error));
  return {
    end: async () => {
      scope.cancel();
      await guarding;
    },
  };
}

const COMPLETED_FALSELY: StepFailure = {
  type: 'WritesGivenBack',
  message: 'the activity was reported as done, but custody says that the writes were not handed over',
};

type Tried = { readonly facts: HandOverFacts | null } | { readonly failure: StepFailure };

async function attempt(m: Migration, { direction, label }: HandOverOrder, input: HandOver): Promise<Tried> {
  const startToCloseTimeout = m.input.plan.cutover.maxWritePause + BACKSTOP_MS;
  try {
    const facts: unknown =
      direction === 'source-to-target'
        ? await call('cutOver', label, input, { startToCloseTimeout })
        : await call('rollBack', label, { ...input, acceptLoss: m.acceptLoss }, { startToCloseTimeout });
    return { facts: isFacts(facts) ? facts : null };
  } catch (error) {
    return { failure: stepFailureOf(error) };
  }
}

/** A result completed by hand can be anything. */
const isFacts = (value: unknown): value is HandOverFacts =>
  typeof value === 'object' && value !== null && 'closedMs' in value && 'steps' in value && Array.isArray(value.steps);

async function read(m: Migration): Promise<CustodyPair | null> {
  try {
    return await call('readCustody', 'read custody on both sides', sides(m));
  } catch (error) {
    stepFailureOf(error);
    return null;
  }
}

/**
 * Ends the hand-over and returns custody once it is final. Without a living cutover worker the main queue does it: writes must not wait
 * for a process to come back. There is no giving up, only longer pauses, so that history stays small while a person is needed.
 */
async function settle(m: Migration, input: HandOver, { direction, label }: HandOverOrder): Promise<CustodyPair> {
  const order = { direction, handOver: input.handOver };
  for (let tries = 0; ; tries += 1) {
    const taskQueue = tries % 2 === 0 ? TASK_QUEUES.cutover : TASK_QUEUES.main;
    const said = await settleOnce({ ...input, direction }, `settle: ${label}`, taskQueue);
    if ('custody' in said && isFinal(said.custody, order)) return said.custody;
    const why = 'custody' in said ? describe(said.custody) : said.failure.message;
    set(m, { reason: `custody is not settled yet: ${why}. It is tried again without limit` });
    await sleep(pauseMs(tries), { summary: 'before custody is settled again' });
  }
}

const pauseMs = (tries: number): number => Math.min(10 * 60_000, 500 * 1.5 ** tries);

async function settleOnce(
  input: HandOver & { readonly direction: HandOverFacts['direction'] },
  label: string,
  taskQueue: string,
): Promise<{ readonly custody: CustodyPair } | { readonly failure: StepFailure }> {
  try {
    return { custody: await call('settleHandOver', label, input, { taskQueue }) };
  } catch (error) {
    return { failure: stepFailureOf(error) };
  }
}

type Named = Pick<HandOverOrder, 'direction' | 'handOver'>;

const giverOf = ({ source, target }: CustodyPair, direction: HandOverFacts['direction']): Custody | null =>
  direction === 'source-to-target' ? source : target;
const takerOf = ({ source, target }: CustodyPair, direction: HandOverFacts['direction']): Custody | null =>
  direction === 'source-to-target' ? target : source;

function isHandedOver(pair: CustodyPair, { direction, handOver }: Named): boolean {
  const giver = giverOf(pair, direction);
  const taker = takerOf(pair, direction);
  return (
    giver?.state === 'given' && giver.handOver === handOver && taker?.state === 'taken' && taker.handOver === handOver
  );
}

/** Either the taker has the writes by this hand-over, or the giver takes them and the taker does not; anything else wants a person. */
function isFinal(pair: CustodyPair, order: Named): boolean {
  const giver = giverOf(pair, order.direction);
  const taker = takerOf(pair, order.direction);
  const isGiversAlone = giver !== null && isWritable(giver) && (taker === null || !isWritable(taker));
  return isHandedOver(pair, order) || isGiversAlone;
}

const describe = ({ source, target }: CustodyPair): string =>
  `the source is ${source?.state ?? 'without custody'}, the target ${target?.state ?? 'without custody'}`;
