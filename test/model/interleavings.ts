import * as machine from '../../model/custody.ts';
import type { Custody, Deed } from '../../model/custody.ts';

/** Explores every interleaving of attempts at hand-overs, with kill, freeze (not being scheduled) and the clock passing a deadline. */

export type Machine = Pick<
  typeof machine,
  'raise' | 'fence' | 'give' | 'take' | 'giveBack' | 'reopenPastDeadline' | 'resumeFrom'
>;
export type Side = 'source' | 'target';

/** An attempt in the order it is started: Temporal's scheduled timestamps rise, so its place is its token. */
export interface AttemptPlan {
  readonly handOver: string;
  readonly giver: Side;
}

/** Where an attempt stands in `activities/cutover/hand-over.ts`; each place is one transaction that may be its last. */
type Place =
  | 'unstarted'
  | 'raise-giver'
  | 'raise-taker'
  | 'fence'
  | 'give'
  | 'take'
  | 'raise-giver-again'
  | 'raise-taker-again'
  | 'read'
  | 'complete'
  | 'give-back'
  | 'ended';

interface World {
  readonly source: Custody;
  readonly target: Custody;
  readonly now: number;
  readonly places: readonly Place[];
}

const DEADLINE = 1;
const LAST_TICK = 2;

export interface Outcome {
  readonly worlds: number;
  /** The first world found in which both sides take writes, with the events that lead there. */
  readonly twoWriters: readonly string[] | null;
  /** Whether some path ends with the target, or the source, writing: an exploration that never commits proves nothing. */
  readonly targetWrote: boolean;
  readonly sourceWroteAfterGiving: boolean;
}

export function explore(plans: readonly AttemptPlan[], rules: Machine): Outcome {
  const start: World = {
    source: machine.newCustody('open'),
    target: machine.newCustody('closed'),
    now: 0,
    places: plans.map(() => 'unstarted'),
  };
  const paths = new Map<string, readonly string[]>([[JSON.stringify(start), []]]);
  const queue: World[] = [start];
  let targetWrote = false;
  let sourceWroteAfterGiving = false;
  for (let world = queue.pop(); world !== undefined; world = queue.pop()) {
    const path = paths.get(JSON.stringify(world)) ?? [];
    targetWrote ||= machine.isWritable(world.target);
    sourceWroteAfterGiving ||= world.source.state === 'taken';
    if (machine.isWritable(world.source) && machine.isWritable(world.target))
      return { worlds: paths.size, twoWriters: path, targetWrote, sourceWroteAfterGiving };
    for (const [event, next] of events(world, plans, rules)) {
      const key = JSON.stringify(next);
      if (paths.has(key)) continue;
      paths.set(key, [...path, event]);
      queue.push(next);
    }
  }
  return { worlds: paths.size, twoWriters: null, targetWrote, sourceWroteAfterGiving };
}

function* events(world: World, plans: readonly AttemptPlan[], rules: Machine): Generator<[string, World]> {
  if (world.now < LAST_TICK) yield ['the clock passes', { ...world, now: world.now + 1 }];
  for (const side of ['source', 'target'] as const) {
    const deed = rules.reopenPastDeadline(world[side], world.now);
    if ('custody' in deed) yield [`the server reopens the ${side}`, { ...world, [side]: deed.custody }];
  }
  for (const [i, plan] of plans.entries()) {
    const place = world.places[i];
    if (place === undefined || place === 'ended') continue;
    // Attempts are scheduled in order, but an earlier one may be alive, frozen or dead when a later one starts.
    if (place === 'unstarted' && world.places.slice(0, i).includes('unstarted')) continue;
    yield [`attempt ${i + 1} is killed at ${place}`, moved(world, i, 'ended')];
    yield [`attempt ${i + 1}: ${place}`, advance(world, i, plan, place, rules)];
  }
}

const moved = (world: World, i: number, place: Place): World => ({ ...world, places: world.places.with(i, place) });

function advance(world: World, i: number, { handOver, giver }: AttemptPlan, place: Place, rules: Machine): World {
  const taker = giver === 'source' ? 'target' : 'source';
  const token = i + 1;
  const doing = (side: Side, deed: Deed, then: Place, refused: Place): World =>
    'custody' in deed ? { ...moved(world, i, then), [side]: deed.custody } : moved(world, i, refused);
  switch (place) {
    case 'unstarted':
      return moved(world, i, 'raise-giver');
    case 'raise-giver': {
      const next = {
        begin: 'raise-taker',
        'already-given-back': 'ended',
        'give-back': 'raise-giver-again',
        'go-forward': 'raise-giver-again',
      } as const;
      return doing(giver, rules.raise(world[giver], token), next[rules.resumeFrom(world[giver], handOver)], 'ended');
    }
    case 'raise-taker':
      return doing(taker, rules.raise(world[taker], token), 'fence', 'ended');
    case 'fence': {
      const by = { token, handOver, deadlineMs: world.now + DEADLINE };
      return doing(giver, rules.fence(world[giver], by), 'give', 'raise-giver-again');
    }
    case 'give':
      return doing(giver, rules.give(world[giver], { token, nowMs: world.now }), 'take', 'raise-giver-again');
    case 'take':
    case 'complete':
      return doing(
        taker,
        rules.take(world[taker], { token, handOver }),
        'ended',
        place === 'take' ? 'raise-giver-again' : 'ended',
      );
    case 'raise-giver-again':
      return doing(giver, rules.raise(world[giver], token), 'read', 'ended');
    case 'raise-taker-again':
      return doing(taker, rules.raise(world[taker], token), 'complete', 'ended');
    case 'read': {
      const held = world[giver];
      if (held.handOver !== handOver) return moved(world, i, 'ended');
      return moved(
        world,
        i,
        held.state === 'given' ? 'raise-taker-again' : held.state === 'fenced' ? 'give-back' : 'ended',
      );
    }
    case 'give-back':
      return doing(giver, rules.giveBack(world[giver], { token }), 'ended', 'ended');
    case 'ended':
      return world;
  }
}
