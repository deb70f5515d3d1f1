import type { GateName, Report } from './report.ts';

/** An approval. `approver` is a claim: nothing proves who typed it until signatures come, and every screen says so. */
export interface Approval {
  readonly digest: string;
  readonly approver: string;
  readonly comment?: string;
}

export interface Rejection {
  readonly digest: string;
  readonly approver: string;
  readonly comment?: string;
}

/** The answer to every message a person sends; a refused one is recorded with its reason. */
export type Answer = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

/** A gate that waits, or has waited, for a person. */
export interface Gate {
  readonly name: GateName;
  readonly report: Report;
  readonly digest: string;
  readonly decision: null | {
    readonly kind: 'approved' | 'rejected';
    readonly by: string;
    readonly at: string;
    readonly comment?: string;
  };
}

/**
 * Decides an approval or rejection against the open gate.
 * `nowMs` is workflow time; the cutover itself checks expiry again on the source's clock before its fence.
 */
export function decide(gate: Gate | null, name: GateName, message: Approval | Rejection, nowMs: number): Answer {
  const no = (reason: string): Answer => ({ accepted: false, reason });
  if (gate === null || gate.name !== name) return no(`no ${name} gate is open: nothing to decide now`);
  const { report, digest, decision } = gate;
  if (decision !== null) return no(`already ${decision.kind} by ${decision.by} at ${decision.at}`);
  if (message.digest !== digest)
    return no(`digest ${message.digest} is not the open report's: wanted ${digest}; read the report again`);
  if (!report.approvers.includes(message.approver))
    return no(`${message.approver} is not an approver of this plan: wanted one of ${report.approvers.join(', ')}`);
  if (report.separationOfDuties && message.approver === report.operator)
    return no(`${message.approver} started this migration: cutover.separationOfDuties wants another person`);
  if (nowMs >= Date.parse(report.expiresAt))
    return no(`the report expired at ${report.expiresAt}; a new one is being made`);
  return { accepted: true };
}
