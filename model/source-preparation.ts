/** A parameter of the source's server as it runs now and as the migration needs it. */
export interface ParameterChange {
  readonly parameter: string;
  readonly from: string;
  readonly to: string;
}

/** What the source's server has to be given, and rebooted for, before it can publish its changes. */
export interface SourcePreparation {
  readonly changes: readonly ParameterChange[];
  /** The group the instance has now. */
  readonly parameterGroup: string;
  /** The group to be made in its place, because AWS's own cannot be changed; null: its own is changed. */
  readonly newParameterGroup: string | null;
  /** Other instances that have the group which is changed. */
  readonly sharedWith: readonly string[];
  readonly multiAz: boolean;
  /** Names of modifications that wait for the maintenance window. */
  readonly pending: readonly string[];
}

/** What was changed on the source for good, and what it cost: no undo takes it back, for that would be another reboot. */
export interface SourceReboot {
  readonly parameterGroup: string;
  readonly changes: readonly ParameterChange[];
  /** ISO 8601, UTC; null: the parameters may have been set, and wait for a reboot. */
  readonly rebootedAt: string | null;
  /** From before the reboot was asked for to the server's new start, in ms, on the source's clock; clients saw no more than that. */
  readonly interruptionMs: number | null;
}

/** All of the interruption in ms: the reboot there has been, and the pause that is predicted or was measured. */
export const totalInterruptionMs = (pauseMs: number, reboot: SourceReboot | undefined): number =>
  pauseMs + (reboot?.interruptionMs ?? 0);
