import { activityInfo } from '@temporalio/activity';
import type { Activities, HandOver } from '../../activities/contract.ts';
import { failure } from '../../activities/failure.ts';
import {
  fence,
  give,
  giveBack,
  isWritable,
  newCustody,
  raise,
  resumeFrom,
  take,
  type Custody,
  type Deed,
} from '../../model/custody.ts';
import { fencedSnapshotName } from '../../model/names.ts';
import type { HandOverFacts } from '../../model/progress.ts';
import { followsBack, isPhysical } from '../../model/strategy.ts';
import { strike } from './fake-fault.ts';
import type { World } from './fake-world.ts';

/** Moving the writes there and back, with the real rules of custody. */
export const handOverDeeds = (world: World) =>
  ({
    cutOver: (input) => {
      // A copy of the source's files gets its custody behind the fence.
      if (isPhysical(input.plan)) world.target ??= newCustody('closed');
      if (input.plan.strategy === 'snapshot') world.snapshots.add(fencedSnapshotName(input.plan, input.handOver));
      if (input.feedsBack === true) world.replication.add('way back');
      return handOver(world, input, 'source-to-target');
    },
    rollBack: ({ acceptLoss, ...input }) => {
      if (input.feedsBack !== true && !acceptLoss && world.writesAtRisk !== 0)
        throw failure('WritesGivenBack', `${String(world.writesAtRisk)} writes would be lost`);
      return handOver(world, input, 'target-to-source');
    },
    settleHandOver: async ({ direction, handOver: id }) => {
      const token = activityInfo().currentAttemptScheduledTimestampMs;
      claimBoth(world, token);
      const [giver, taker] = sidesOf(direction);
      const found = world[giver];
      if (found?.handOver === id && found.state === 'given')
        world[taker] = done(take(held(world, taker), { token, handOver: id }));
      if (found?.handOver === id && found.state === 'fenced') world[giver] = done(giveBack(found, { token }));
      return { source: world.source, target: world.target };
    },
    readCustody: async () => ({ source: world.source, target: world.target }),
    previewRollback: async ({ plan, feedsBack }) => {
      const follows = followsBack({ strategy: plan.strategy, feedsBack });
      const lost = follows && world.wayBackTrouble !== null;
      return {
        lagBytes: follows ? 512 : null,
        tripMs: follows && !lost ? 9 : null,
        predictedPauseMs: follows && !lost ? 45 : null,
        switches: plan.switches.map(({ name, kind }) => ({ name, kind, change: 'target.test → source.test' })),
        lost,
        writesLost: follows && !lost ? 0 : world.writesAtRisk,
        troubles: world.wayBackTrouble === null ? [] : [world.wayBackTrouble],
      };
    },
    markProduction: async ({ plan }) => void world.production.add(plan.target.cluster),
    unmarkProduction: async ({ plan }) => {
      if (world.source === null || !isWritable(world.source))
        throw failure('CustodyHeldElsewhere', 'the source does not have the writes');
      return world.production.delete(plan.target.cluster) ? 'undone' : 'absent';
    },
  }) satisfies Partial<Activities>;

type Side = 'source' | 'target';

const sidesOf = (direction: HandOverFacts['direction']): readonly [Side, Side] =>
  direction === 'source-to-target' ? ['source', 'target'] : ['target', 'source'];

function held(world: World, side: Side): Custody {
  const custody = world[side];
  if (custody === null) throw failure('CustodyHeldElsewhere', `there is no custody on the ${side}`);
  return custody;
}

function done(deed: Deed): Custody {
  if ('refused' in deed)
    throw failure(deed.refused === 'token-outdated' ? 'TokenOutdated' : 'WritesGivenBack', deed.refused);
  return deed.custody;
}

function claimBoth(world: World, token: number): void {
  world.source = done(raise(held(world, 'source'), token));
  world.target = done(raise(held(world, 'target'), token));
}

async function handOver(world: World, input: HandOver, direction: HandOverFacts['direction']): Promise<HandOverFacts> {
  const token = activityInfo().currentAttemptScheduledTimestampMs;
  const [giver, taker] = sidesOf(direction);
  const { handOver: id, expiresAt, plan } = input;
  claimBoth(world, token);
  if (resumeFrom(held(world, giver), id) === 'already-given-back')
    throw failure('WritesGivenBack', 'by an earlier attempt');
  if (expiresAt !== null && token >= Date.parse(expiresAt))
    throw failure('ApprovalVoid', `the approval expired at ${expiresAt}`);
  if (expiresAt !== null && world.windowClosed) throw failure('ApprovalVoid', 'the window is closed');
  const deadlineMs = token + plan.cutover.maxWritePause;
  world[giver] = done(fence(held(world, giver), { token, handOver: id, deadlineMs }));
  await strike(world, direction === 'source-to-target' ? 'cutOver' : 'rollBack', 'inside');
  for (const { name } of plan.switches)
    if (direction === 'source-to-target') world.switched.add(name);
    else world.switched.delete(name);
  world[giver] = done(give(held(world, giver), { token, nowMs: token }));
  world[taker] = done(take(held(world, taker), { token, handOver: id }));
  return { direction, closedMs: 40, steps: [], rowsVerified: 42, tables: 3, fenceLsn: '0/1', writesLost: 0 };
}
