/**
 * Every way a migration fails on purpose. Activities throw an ApplicationFailure whose `type` is one of these keys;
 * anything else is a bug, which fails the workflow task and waits for a fixed deploy instead of undoing anything.
 * `retryable` steers Temporal's retries; `remedy` is what the operator reads beside the message.
 */
export const FAILURES = {
  PlanInvalid: { retryable: false, remedy: 'correct the fields listed, then start again' },
  AssessmentRefused: { retryable: false, remedy: 'resolve the blockers, then start again' },
  SecretMissing: {
    retryable: false,
    remedy: 'set the variable, file or secret the message names where the worker runs, then retry',
  },
  CustodyHeldElsewhere: {
    retryable: false,
    remedy: 'another run holds this database: finish or rescue that one first',
  },
  ControlPlaneBusy: { retryable: true, remedy: 'AWS asked us to wait; it is tried again' },
  ControlPlaneRefused: { retryable: false, remedy: 'correct what AWS names, then retry' },
  ResourceNotReady: { retryable: true, remedy: 'it is still being made; it is asked again' },
  ResourceFailed: { retryable: false, remedy: 'look at the resource in the AWS console, then retry or undo' },
  ResourceNotOurs: {
    retryable: false,
    remedy: 'a resource of that name exists and was not made by this migration: rename the target in the plan',
  },
  DatabaseUnreachable: { retryable: true, remedy: 'check network, security group and that the server runs' },
  DatabaseRefused: { retryable: false, remedy: 'grant what the message names, then retry' },
  CopyFailed: {
    retryable: false,
    remedy: 'correct the cause the message names, then retry: the copy goes on where it can, and begins anew where not',
  },
  VerificationFailed: { retryable: false, remedy: 'the copy differs from the source: retry copies again' },
  HealthFailed: { retryable: true, remedy: 'look at the application; it is asked again' },
  SwitchFailed: { retryable: false, remedy: 'correct the file or service the message names, then retry' },
  ApprovalVoid: { retryable: false, remedy: 'a new report is made; approve that one' },
  FenceNotProved: { retryable: false, remedy: 'end what still writes on the source, then approve again' },
  LossNotAccepted: { retryable: false, remedy: 'ask again and accept the loss, or leave the target in charge' },
  PauseOverrun: { retryable: false, remedy: 'raise cutover.maxWritePause or make the copy faster' },
  TokenOutdated: { retryable: false, remedy: 'a newer attempt took over; this one changed nothing more' },
  WritesGivenBack: { retryable: false, remedy: 'the source takes writes again; nothing was lost' },
  EvidenceUnwritable: { retryable: true, remedy: 'make the evidence folder writable for the worker' },
} as const satisfies Record<string, { retryable: boolean; remedy: string }>;

export type FailureType = keyof typeof FAILURES;

export const isFailureType = (type: string | null | undefined): type is FailureType =>
  type !== undefined && type !== null && Object.hasOwn(FAILURES, type);
