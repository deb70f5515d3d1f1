import { copySnapshot } from '../copy/copy-snapshot.ts';
import { failure } from '../failure.ts';
import { analyzeTarget } from '../postgres/analyze-target.ts';
import { syncSequences } from '../verification/sequences.ts';
import { verifyCopy } from '../verification/verify-copy.ts';
import { step, type Attempt } from './attempt.ts';
import type { Verified } from './commit.ts';

/** Final copy, verification of every row, sequences: for strategies whose rows do not follow by themselves. */
export async function copyBehindTheFence(attempt: Attempt): Promise<Verified> {
  const { clients, handOver, token, abort } = attempt;
  const { plan, ...sides } = handOver;
  const copy = { ...sides, jobs: plan.copy.jobs, roles: plan.roles, token };
  await step(attempt, 'final copy', () => copySnapshot(clients, copy, { abort, heartbeat: () => undefined }));
  // The restored tables have no statistics; the first queries after the opening must not be planned blindly.
  const [verified] = await step(attempt, 'verify every row', () =>
    Promise.all([verifyCopy(clients, { ...sides, token }, { abort }), analyzeTarget(clients, { ...sides, token })]),
  );
  if (verified.differences > 0)
    throw failure(
      'VerificationFailed',
      `${verified.differences} tables differ: ${verified.differing.join(', ')}; wanted none`,
    );
  await step(attempt, 'sequences', () => syncSequences(attempt.giver, attempt.taker, token));
  return { tables: verified.tables, rows: verified.rows, writesLost: 0 };
}
