import { freeze } from './freeze.ts';
import { literalSecrets } from './literal-secrets.ts';
import { PlanInvalid } from './plan-fault.ts';
import { faultsOf, valueAt, wantedWords } from './plan-faults.ts';
import { planSchema, type MigrationPlan } from './plan.ts';

/**
 * Checks that a value is what `parsePlan` makes: complete, with defaults resolved and durations in milliseconds.
 * The workflow's first line; pure, and without YAML. Throws {@link PlanInvalid} with all faults; returns the value, frozen.
 */
export function assertPlan(value: unknown): MigrationPlan {
  const plan = value as MigrationPlan;
  // Encoding goes from the plan back to the document: it checks what came out and resolves no default a second time.
  const result = planSchema.safeEncode(plan, { error: wantedWords });
  const read = valueAt(value);
  const found = result.success ? [] : result.error.issues.flatMap((issue) => faultsOf(issue, read));
  const faults = [...found, ...literalSecrets(value)].map(({ fault }) => fault);
  if (faults.length > 0) throw new PlanInvalid(faults);
  return freeze(plan);
}
