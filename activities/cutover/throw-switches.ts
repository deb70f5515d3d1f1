import { openSwitch, type Switch } from '../application/switch.ts';
import type { Attempt } from './attempt.ts';
import { checkToken } from './custody-store.ts';

/** The plan's switches, pointing from the source to the target whatever the direction of the hand-over. */
const switches = ({ clients, handOver }: Pick<Attempt, 'clients' | 'handOver'>): Switch[] =>
  handOver.plan.switches.map((plan) =>
    openSwitch(plan, { migration: handOver.migration, from: handOver.source, to: handOver.target }, clients),
  );

/**
 * Points the application at the taking side, all places at once. A deed outside SQL cannot compare the token in its own transaction, so
 * custody is asked before, and by the commit after it: an attempt that wakes up late finds itself overtaken and puts its own deeds back.
 */
export async function throwSwitches(attempt: Attempt): Promise<void> {
  await stillOurs(attempt);
  await allOf(attempt, deedOf(attempt));
}

/** Points the application back at the side that keeps the writes. */
export const revertSwitches = (attempt: Pick<Attempt, 'clients' | 'handOver' | 'direction'>): Promise<void> =>
  allOf(attempt, attempt.direction === 'source-to-target' ? 'revert' : 'apply');

/** Tries every switch, and waits for all, before it throws the first error. */
async function allOf(
  attempt: Pick<Attempt, 'clients' | 'handOver'>,
  deed: 'apply' | 'revert' | 'resume',
): Promise<void> {
  const results = await Promise.allSettled(switches(attempt).map(async (each) => await each[deed]?.()));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Before anybody is held: what pausing and switching will speak with is logged in to, and what they will write is written beside. */
export async function readySwitches(attempt: Attempt): Promise<void> {
  for (const each of switches(attempt)) await each.ready(deedOf(attempt));
}

const deedOf = ({ direction }: Pick<Attempt, 'direction'>): 'apply' | 'revert' =>
  direction === 'source-to-target' ? 'apply' : 'revert';

/** Clients wait instead of failing, where something between them and the database can hold them. */
export async function pauseClients(attempt: Attempt): Promise<void> {
  for (const each of switches(attempt)) {
    await stillOurs(attempt);
    await each.pause?.();
  }
}

/** Lets them go on, whichever side has the writes. */
export const resumeClients = (attempt: Pick<Attempt, 'clients' | 'handOver'>): Promise<void> =>
  allOf(attempt, 'resume');

/** One round trip, which waits for a successor's claim under way. */
const stillOurs = ({ giver, token }: Attempt): Promise<void> => checkToken(giver, token);
