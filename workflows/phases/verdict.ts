import { ApplicationFailure } from '@temporalio/workflow';
import type { VerifyFacts } from '../../activities/contract.ts';

/** What comparing both sides came to. */
export interface Verdict {
  readonly verified: VerifyFacts;
  /** What the fence will hold, measured by what went before it. */
  readonly predictedPauseMs: number;
}

export function assertSame({ differences, differing }: VerifyFacts): void {
  if (differences === 0) return;
  throw ApplicationFailure.nonRetryable(
    `${differences} tables of the copy differ from the source: ${differing.join(', ')}; wanted none`,
    'VerificationFailed',
  );
}
