import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import { failure } from '../../activities/failure.ts';
import type { Activities, HandOver } from '../../activities/contract.ts';
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
import { parameterGroupName } from '../../model/names.ts';
import type { HandOverFacts } from '../../model/progress.ts';
import type { SourcePreparation } from '../../model/source-preparation.ts';
import type { ActivityName } from '../../workflows/policies.ts';
import type { World } from './fake-world.ts';

/** The activities over a {@link World}: real rules of custody, everything else a set in memory. */
export const fakeActivities = (world: World): Activities => withFaults(world, deeds(world));

const LOOK_EVERY_MS = 5 * 60_000;

const outcome = (existed: boolean): 'undone' | 'absent' => (existed ? 'undone' : 'absent');

const deeds = (world: World): Activities => ({
  ...setupDeeds(world),
  ...dataDeeds(world),
  ...liveDeeds(world),
  ...applicationDeeds(world),
  ...verificationDeeds(world),
  ...handOverDeeds(world),
  ...afterwardsDeeds(world),
});

const PREPARATION: SourcePreparation = {
  changes: [{ parameter: 'rds.logical_replication', from: '0', to: '1' }],
  parameterGroup: 'default.postgres15',
  newParameterGroup: 'mindmeasure-daybreak',
  sharedWith: [],
  multiAz: false,
  pending: [],
};

const setupDeeds = (world: World) =>
  ({
    assess: async () => ({
      findings: world.findings,
      source: { host: 'source.test', port: 5432, database: 'app', user: 'master', password: 'env:SOURCE_PASSWORD' },
      sourceVersion: '15.10',
      targetVersion: '15.12',
      sourceBytes: 1_000_000,
      tables: 3,
      ...(world.sourceParameters === 'set' ? {} : { preparation: PREPARATION }),
    }),
    ensureSourceParameters: async () => {
      if (world.windowClosed) return { void: 'it is outside source.rebootWindow' };
      world.sourceParameters = 'waiting';
      return { startedAt: 'before', at: '2026-01-01T00:00:00.000Z' };
    },
    rebootSource: async () => {
      if (world.windowClosed) return { void: 'it is outside source.rebootWindow' };
      world.sourceReboots += 1;
      world.sourceParameters = 'set';
      return { since: '2026-01-01T00:00:00.000Z' };
    },
    awaitSourceRebooted: async () => ({ rebootedAt: '2026-01-01T00:00:20.000Z', interruptionMs: 20_000 }),
    claimSource: async ({ run }) => {
      if (world.claimedBy !== null && world.claimedBy !== run)
        throw failure('CustodyHeldElsewhere', `run ${world.claimedBy} holds the source`);
      world.claimedBy = run;
      world.source ??= newCustody('open');
    },
    releaseSource: async ({ run }) => {
      if (world.claimedBy !== run) return 'absent';
      if (world.source !== null && !isWritable(world.source))
        throw failure('CustodyHeldElsewhere', `the source is ${world.source.state}`);
      world.claimedBy = null;
      world.source = null;
      return 'undone';
    },
    ensureParameterGroup: async ({ plan }) => void world.groups.add(parameterGroupName(plan)),
    ensureCluster: async ({ plan }) => void world.clusters.add(plan.target.cluster),
    awaitCluster: async ({ plan }) => {
      if (activityInfo().attempt === 1)
        throw failure('ResourceNotReady', `cluster ${plan.target.cluster} is creating`, {
          benign: true,
          nextRetryDelayMs: 1,
        });
      return { host: 'target.test', port: 5432, password: 'env:TARGET_PASSWORD' };
    },
    ensureInstance: async ({ instance }) => void world.instances.add(instance),
    awaitInstance: async () => undefined,
    probeTarget: async () => ({ version: '15.12' }),
    deleteInstance: async ({ instance }) => outcome(world.instances.delete(instance)),
    deleteCluster: async ({ cluster }) => {
      if (world.production.has(cluster)) throw failure('ResourceNotOurs', `${cluster} is production`);
      // What the cluster held goes with it.
      world.target = null;
      world.roles = [];
      return outcome(world.clusters.delete(cluster));
    },
    deleteParameterGroup: async ({ name }) => outcome(world.groups.delete(name)),
  }) satisfies Partial<Activities>;

const dataDeeds = (world: World) =>
  ({
    ensureSnapshot: async ({ snapshot }) => void world.snapshots.add(snapshot),
    awaitSnapshot: async ({ snapshot }) => {
      if (!world.snapshots.has(snapshot)) throw failure('ResourceFailed', `snapshot ${snapshot} does not exist`);
    },
    prepareTarget: async ({ roles }) => {
      world.roles = roles.map(({ name }) => name);
      world.target ??= newCustody('closed');
    },
    copyDatabase: async () => {
      world.workingCopy = true;
      world.copies += 1;
      heartbeat('copied');
      return { tables: 3, rows: 42, bytes: 4_200, durationMs: 1_500 };
    },
    carryRoles: async () => undefined,
    analyzeTarget: async () => undefined,
    dropWorkingCopy: async () => {
      const existed = world.workingCopy;
      world.workingCopy = false;
      return outcome(existed);
    },
  }) satisfies Partial<Activities>;

const liveDeeds = (world: World) =>
  ({
    prepareReplication: async () => {
      world.replication.add('prepared');
      return { tables: 3 };
    },
    copyLive: async () => {
      world.copies += 1;
      heartbeat('copied');
      return { tables: 3, rows: 42, bytes: 4_200, durationMs: 1_500 };
    },
    closeTarget: async () => void world.replication.add('closed'),
    followSource: async () => void world.replication.add('following'),
    awaitCatchUp: async () => {
      if (activityInfo().attempt === 1)
        throw failure('ResourceNotReady', 'the target is 3 MB behind', { benign: true, nextRetryDelayMs: 1 });
      return { lagBytes: 0, tripMs: 12 };
    },
    verifyLive: async ({ direction, source, target }) => {
      world.trackers.add((direction === 'source-to-target' ? source : target).host);
      return { tables: 3, rows: 42, differing: world.differing, differences: world.differing.length };
    },
    armReverse: async () => void world.replication.add('way back'),
    watchFeeds: async ({ known, quietMs }) => {
      const { feedNews: seen } = world;
      if (seen.stops !== known.stops || seen.voids !== known.voids) return seen;
      const { currentAttemptScheduledTimestampMs: nowMs, scheduledTimestampMs: sinceMs } = activityInfo();
      if (seen.trouble !== known.trouble && nowMs - sinceMs >= quietMs) return seen;
      throw failure('ResourceNotReady', 'nothing new', { benign: true, nextRetryDelayMs: LOOK_EVERY_MS });
    },
    dropTracker: async ({ side }) => outcome(world.trackers.delete(side.host)),
    guardPoolers: async () => {
      await hangUntilCancelled();
      return { resumed: [] };
    },
    dropReplication: async () => {
      const existed = world.replication.size > 0;
      world.replication.clear();
      world.trackers.clear();
      return outcome(existed);
    },
  }) satisfies Partial<Activities>;

const applicationDeeds = (world: World) =>
  ({
    stageSwitch: async ({ switch: { name } }) => {
      world.staged.add(name);
      return { change: `${name}: source.test becomes target.test` };
    },
    unstageSwitch: async ({ switch: { name } }) => outcome(world.staged.delete(name)),
    revertSwitch: async ({ switch: { name } }) => outcome(world.switched.delete(name)),
  }) satisfies Partial<Activities>;

const verificationDeeds = (world: World) =>
  ({
    verifyCopy: async () => ({ tables: 3, rows: 42, differing: world.differing, differences: world.differing.length }),
    checkHealth: async () => undefined,
    publishReport: async ({ digest, report }) => {
      world.reports.set(digest, report);
      return { location: `evidence/${digest}`, report: world.publishedAs(report) };
    },
    publishOutcome: async ({ progress }) => {
      world.outcomes.push(progress);
      return { location: `evidence/outcome-${world.outcomes.length}` };
    },
  }) satisfies Partial<Activities>;

const handOverDeeds = (world: World) =>
  ({
    cutOver: (input) => handOver(world, input, 'source-to-target'),
    rollBack: ({ acceptLoss, ...input }) => {
      if (!acceptLoss && world.writesAtRisk !== 0)
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
    previewRollback: async ({ plan }) => {
      const follows = plan.strategy === 'blue-green';
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
      return outcome(world.production.delete(plan.target.cluster));
    },
  }) satisfies Partial<Activities>;

const afterwardsDeeds = (world: World) =>
  ({
    watchSoak: async ({ known }) => {
      const trouble = [world.trouble, world.wayBackTrouble].filter((one) => one !== null).join('; ') || null;
      if (trouble === known)
        // Looks are retries and leave no event; a day of them every 30 s would only make the tests slow.
        throw failure('ResourceNotReady', 'nothing new', { benign: true, nextRetryDelayMs: LOOK_EVERY_MS });
      return { trouble, wayBack: world.wayBackTrouble };
    },
    retireSource: async ({ plan }) => {
      if (plan.cleanup.source === 'delete') world.sourceInstance = 'deleted';
      if (plan.cleanup.source === 'stop') world.sourceInstance = 'stopped';
    },
    awaitSourceRetired: async () => undefined,
    dropBookkeeping: async () => {
      world.target = null;
      return 'undone';
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

/** Every activity records its call and meets its faults. */
function withFaults(world: World, activities: Activities): Activities {
  const wrap = (name: ActivityName, deed: (input: never) => Promise<unknown>) => async (input: never) => {
    world.calls.push(name);
    await strike(world, name, 'before');
    const result = await deed(input);
    await strike(world, name, 'after');
    return result;
  };
  const entries = Object.entries(activities).map(([name, deed]) => [name, wrap(name as ActivityName, deed)]);
  return Object.fromEntries(entries) as Activities;
}

async function strike(world: World, name: ActivityName, when: 'before' | 'after' | 'inside'): Promise<void> {
  const fault = world.faults.get(name);
  if (fault === undefined || fault.when !== when || fault.times === 0) return;
  fault.times -= 1;
  await fault.strike();
}

/** For a fault: hangs, heartbeating, until the activity is cancelled. */
export async function hangUntilCancelled(): Promise<void> {
  const timer = setInterval(() => heartbeat('hanging'), 50);
  try {
    await Context.current().cancelled;
  } finally {
    clearInterval(timer);
  }
}
