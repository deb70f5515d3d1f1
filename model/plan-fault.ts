/** What is wrong with a plan at one place, for a person to correct; never a secret. */
export interface PlanFault {
  /** Where in the plan, `roles[0].password`; empty for the plan as a whole. */
  readonly path: string;
  readonly found: string;
  readonly wanted: string;
  readonly remedy: string;
  /** Position in the text, from 1, where the plan came as text. */
  readonly line?: number;
  readonly column?: number;
}

/** Thrown where a value that is no plan is used as one. */
export class PlanInvalid extends Error {
  override readonly name = 'PlanInvalid';
  readonly faults: readonly PlanFault[];

  constructor(faults: readonly PlanFault[]) {
    super(`the plan is not valid: ${faults.map(sentence).join('; ')}`);
    this.faults = faults;
  }
}

const sentence = ({ path, found, wanted, remedy }: PlanFault): string =>
  `${path === '' ? 'the plan' : path}: found ${found}, wanted ${wanted}: ${remedy}`;
