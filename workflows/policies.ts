import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/contract.ts';
import { TASK_QUEUES } from '../model/names.ts';

export type ActivityName = keyof Activities;
export type Input<Name extends ActivityName> = Parameters<Activities[Name]>[0];
export type Result<Name extends ActivityName> = Awaited<ReturnType<Activities[Name]>>;

/**
 * How long each kind of work may take and how it is tried again. Every limit ends in a hold, never in an undo by itself.
 * Changing work is cancelled with WAIT_CANCELLATION_COMPLETED: its undo must not start beside it; what does not listen runs to its own
 * end. Looking is cancelled with TRY_CANCEL: nothing to wait for. Every activity beats, so a dead worker shows in ten seconds.
 */
const CHANGES = { cancellationType: 'WAIT_CANCELLATION_COMPLETED', heartbeatTimeout: '10s' } as const;
const LOOKS = { cancellationType: 'TRY_CANCEL', heartbeatTimeout: '10s' } as const;

/** One or a few requests to AWS: it throttles for minutes at worst. */
const controlPlane = {
  ...CHANGES,
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '30m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
} as const satisfies ActivityOptions;

/** One describe an attempt, tried again as often as the activity says; an hour is past what AWS needs for a cluster. */
const awaiting = {
  ...LOOKS,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '60m',
  retry: { initialInterval: '15s', backoffCoefficient: 1 },
} as const satisfies ActivityOptions;

/** Asked once, when AWS knows of the parameters: cancelled, it runs to its own end, for nobody can call a reboot back. */
const rebooting = { ...awaiting, ...CHANGES } as const satisfies ActivityOptions;

/** Statements on one of the databases; a network that is down for minutes should not need a person. */
const statements = {
  ...CHANGES,
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '30m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
} as const satisfies ActivityOptions;

/** The same, only reading. */
const looking = { ...statements, ...LOOKS } as const satisfies ActivityOptions;

/** As long as the target gets closer, however much was written during the copy; a person sees the lag. */
const catchingUp = {
  ...awaiting,
  scheduleToCloseTimeout: '48h',
  retry: { initialInterval: '2s', backoffCoefficient: 1 },
} as const satisfies ActivityOptions;

/** Hours of work on one worker; a busy machine may be late with its sign, and beginning anew is dear. */
const copying = {
  ...CHANGES,
  taskQueue: TASK_QUEUES.copy,
  startToCloseTimeout: '48h',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '5m', maximumAttempts: 5 },
} as const satisfies ActivityOptions;

/** The comparison of every row, and ANALYZE: as long, but only reading. */
const reading = {
  ...LOOKS,
  taskQueue: TASK_QUEUES.copy,
  startToCloseTimeout: '48h',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '5m', maximumAttempts: 5 },
} as const satisfies ActivityOptions;

/** The application answers in seconds, but may still be starting. */
const health = {
  ...LOOKS,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '2s', backoffCoefficient: 1.5, maximumInterval: '15s' },
} as const satisfies ActivityOptions;

/** A disk or bucket that is full wants a person; a restart of it does not. */
const evidence = {
  ...CHANGES,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '15m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
} as const satisfies ActivityOptions;

/**
 * Writes stand still meanwhile: a dead worker shows after 2 s, the next attempt comes 100 ms later. Start-to-close is a backstop
 * that the workflow sets from the plan; unstarted after 30 s nobody is there and the approval goes stale.
 */
const handingOver = {
  ...CHANGES,
  taskQueue: TASK_QUEUES.cutover,
  heartbeatTimeout: '2s',
  scheduleToStartTimeout: '30s',
  retry: { initialInterval: '100ms', backoffCoefficient: 1 },
} as const satisfies ActivityOptions;

/** Beside a hand-over, in another process; it ends with it. */
const guarding = {
  ...LOOKS,
  startToCloseTimeout: '24h',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '250ms', backoffCoefficient: 1 },
} as const satisfies ActivityOptions;

/** Without limit, and never cancelled: nothing goes on before custody is settled. */
const settling = {
  ...CHANGES,
  taskQueue: TASK_QUEUES.cutover,
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  scheduleToStartTimeout: '10s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '2s' },
} as const satisfies ActivityOptions;

/** A person waits for the answer. */
const answering = {
  cancellationType: 'TRY_CANCEL',
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '20s',
  retry: { initialInterval: '1s' },
} as const satisfies ActivityOptions;

/** Waits for days and ends only with news; every attempt is a retry, so that no history grows. */
const watching = {
  ...LOOKS,
  startToCloseTimeout: '2m',
  retry: { initialInterval: '30s', backoffCoefficient: 1 },
} as const satisfies ActivityOptions;

/** An undo that fails for a quarter of an hour needs a person. */
export const undoing = {
  ...CHANGES,
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '15m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
} as const satisfies ActivityOptions;

/** The same for what asks AWS and returns: it beats once, and an attempt may wait for AWS's throttle. */
const deleting = { ...undoing, heartbeatTimeout: '2m' } as const satisfies ActivityOptions;

const POLICIES: Record<ActivityName, ActivityOptions> = {
  assess: looking,
  ensureSourceParameters: controlPlane,
  rebootSource: rebooting,
  awaitSourceRebooted: awaiting,
  claimSource: statements,
  releaseSource: undoing,
  ensureParameterGroup: controlPlane,
  ensureCluster: controlPlane,
  awaitCluster: awaiting,
  ensureInstance: controlPlane,
  awaitInstance: awaiting,
  probeTarget: looking,
  deleteInstance: deleting,
  deleteCluster: deleting,
  deleteSnapshot: deleting,
  deleteParameterGroup: deleting,
  ensureSnapshot: controlPlane,
  awaitSnapshot: awaiting,
  prepareTarget: statements,
  copyDatabase: copying,
  carryRoles: statements,
  analyzeTarget: reading,
  dropWorkingCopy: { ...undoing, taskQueue: TASK_QUEUES.copy },
  prepareReplication: statements,
  copyLive: copying,
  closeTarget: statements,
  followSource: statements,
  awaitCatchUp: catchingUp,
  verifyLive: reading,
  armReverse: statements,
  tryWayBack: statements,
  watchFeeds: { ...watching, startToCloseTimeout: '10m' },
  dropTracker: statements,
  awaitReplay: catchingUp,
  takeOverRehearsal: statements,
  readCopy: reading,
  freeParameters: controlPlane,
  guardPoolers: guarding,
  dropReplication: undoing,
  stageSwitch: statements,
  unstageSwitch: undoing,
  revertSwitch: undoing,
  verifyCopy: reading,
  checkHealth: health,
  publishReport: evidence,
  publishOutcome: evidence,
  cutOver: handingOver,
  settleHandOver: settling,
  rollBack: handingOver,
  readCustody: { ...looking, scheduleToCloseTimeout: '30s' },
  previewRollback: answering,
  markProduction: controlPlane,
  unmarkProduction: deleting,
  watchSoak: { ...watching, startToCloseTimeout: '10m' },
  retireSource: controlPlane,
  awaitSourceRetired: awaiting,
  dropBookkeeping: statements,
};

/** The server keeps at most 400 bytes of a summary. */
const SUMMARY_CHARACTERS = 120;

/** Calls an activity by name under its policy; `label` is what the Temporal UI shows. */
export function call<Name extends ActivityName>(
  name: Name,
  label: string,
  input: Input<Name>,
  options: ActivityOptions = {},
): Promise<Result<Name>> {
  const activity = proxyActivities({ ...POLICIES[name], ...options, summary: label.slice(0, SUMMARY_CHARACTERS) })[
    name
  ];
  if (activity === undefined) throw new Error(`there is no activity ${name}`);
  return activity(input);
}
