import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import { failure } from '../../activities/failure.ts';
import type { Activities } from '../../activities/contract.ts';
import { isWritable, newCustody } from '../../model/custody.ts';
import { parameterGroupName } from '../../model/names.ts';
import type { SourcePreparation } from '../../model/source-preparation.ts';
import type { ActivityName } from '../../workflows/policies.ts';
import { strike } from './fake-fault.ts';
import { handOverDeeds } from './fake-hand-over.ts';
import type { World } from './fake-world.ts';

/** The activities over a {@link World}: real rules of custody, everything else a set in memory. */
export const fakeActivities = (world: World): Activities => withFaults(world, deeds(world));

/**
 * No look falls on the end of a soak or a report, which last whole hours: the time-skipping server never lets its clock jump again after
 * a run whose activity was at work when it ended (https://github.com/temporalio/sdk-java/issues/1138), and the next test would hang.
 */
const LOOK_EVERY_MS = 7 * 60_000;

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
      ...(world.feedsBack ? { feedsBack: true as const } : {}),
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
    deleteSnapshot: async ({ snapshot }) => outcome(world.snapshots.delete(snapshot)),
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
    awaitReplay: async () => ({ lagBytes: 0 }),
    takeOverRehearsal: async () => {
      world.target = newCustody('closed');
    },
    readCopy: async () => ({ tables: 3, rows: 42, differing: [], differences: 0, bytes: 4_200 }),
    freeParameters: async () => undefined,
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
    tryWayBack: async () => ({ obstacle: world.wayBackObstacle }),
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

/** For a fault: hangs, heartbeating, until the activity is cancelled. */
export async function hangUntilCancelled(): Promise<void> {
  const timer = setInterval(() => heartbeat('hanging'), 50);
  try {
    await Context.current().cancelled;
  } finally {
    clearInterval(timer);
  }
}
