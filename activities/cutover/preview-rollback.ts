import { ApplicationFailure } from '@temporalio/common';
import { sessionName } from '../../model/names.ts';
import { predictedPauseMs } from '../../model/predicted-pause.ts';
import type { HandOverPreview, SwitchBack } from '../../model/rollback-preview.ts';
import { followsBack } from '../../model/strategy.ts';
import { openSwitch } from '../application/switch.ts';
import type { Clients, Session } from '../clients.ts';
import type { Activities, Login } from '../contract.ts';
import { feeds } from '../replication/feed.ts';
import { awaitSentinel, sendSentinel } from '../replication/sentinel.ts';
import { slotHealth } from '../replication/slot-health.ts';
import { wayBackTrouble, type WayBackTrouble } from '../soak/way-back-trouble.ts';
import { countChangesSinceOpening } from './row-changes.ts';

type Input = Parameters<Activities['previewRollback']>[0];

/** A person waits for the answer; a source that is further behind is told as trouble. */
const TRIP_LIMIT_MS = 3_000;

/** Looks at both sides and at every switch, and turns nothing. See {@link HandOverPreview} for what it says. */
export async function previewRollback(clients: Clients, input: Input): Promise<HandOverPreview> {
  await using onTarget = await clients.openSession(input.target, { name: sessionName(input.migration, 0) });
  const follows = followsBack({ strategy: input.plan.strategy, feedsBack: input.feedsBack });
  const [feed, turned] = await Promise.all([
    follows ? lookAtFeed(clients, input, onTarget) : WITHOUT_FEED,
    Promise.all(input.plan.switches.map((plan) => lookAtSwitch(clients, input, plan))),
  ]);
  const { lagBytes, tripMs, troubles } = feed;
  const lost = troubles.some((one) => one.lost);
  return {
    lagBytes,
    tripMs,
    predictedPauseMs: tripMs === null ? null : predictedPauseMs(tripMs),
    switches: turned.map(({ back }) => back),
    lost,
    writesLost: follows && !lost ? 0 : await countChangesSinceOpening(onTarget),
    troubles: [...troubles.map(({ words }) => words), ...turned.flatMap(({ trouble }) => trouble)],
  };
}

interface FeedSeen extends Pick<HandOverPreview, 'lagBytes' | 'tripMs'> {
  readonly troubles: readonly WayBackTrouble[];
}
const WITHOUT_FEED: FeedSeen = { lagBytes: null, tripMs: null, troubles: [] };

async function lookAtFeed(clients: Clients, input: Input, onTarget: Session): Promise<FeedSeen> {
  const lagBytes = (await slotHealth(onTarget, feeds(input.migration).reverse.name))?.lagBytes ?? null;
  try {
    const troubles = await wayBackTrouble(clients, input);
    if (troubles.some(({ lost }) => lost)) return { lagBytes, tripMs: null, troubles };
    return { lagBytes, troubles, tripMs: await trip(clients, input, onTarget) };
  } catch (error) {
    return { lagBytes, tripMs: null, troubles: [{ words: messageOf(error), lost: false }] };
  }
}

async function trip(clients: Clients, { migration, source }: Input, onTarget: Session): Promise<number> {
  const { sentinel } = feeds(migration).reverse;
  await using onSource = await clients.openSession(source, { name: sessionName(migration, 0) });
  const sent = await sendSentinel(onTarget, sentinel);
  const began = performance.now();
  await awaitSentinel(onSource, sentinel, sent, { abort: new AbortController().signal, limitMs: TRIP_LIMIT_MS });
  return Math.round(performance.now() - began);
}

async function lookAtSwitch(
  clients: Clients,
  { migration, source, target }: Input,
  plan: Input['plan']['switches'][number],
): Promise<{ readonly back: SwitchBack; readonly trouble: readonly string[] }> {
  const { name, kind } = plan;
  const back = { name, kind, change: `${placeOf(target)} → ${placeOf(source)}` };
  try {
    const applied = await openSwitch(plan, { migration, from: source, to: target }, clients).isApplied();
    return { back, trouble: applied ? [] : [`switch ${name} does not lead to the target now`] };
  } catch (error) {
    return { back, trouble: [`switch ${name}: ${messageOf(error)}`] };
  }
}

const placeOf = ({ host, port, database }: Login): string => `${host}:${port}/${database}`;

/** What could not be looked at is told; anything else is a bug. */
function messageOf(error: unknown): string {
  if (error instanceof ApplicationFailure) return error.message;
  throw error;
}
