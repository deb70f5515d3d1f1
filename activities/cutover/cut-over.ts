import type { HandOverFacts } from '../../model/progress.ts';
import { copySnapshot } from '../copy/copy-snapshot.ts';
import { failure } from '../failure.ts';
import { analyzeTarget } from '../postgres/analyze-target.ts';
import { syncSequences } from '../verification/sequences.ts';
import { verifyCopy } from '../verification/verify-copy.ts';
import { step, type AttemptOrder } from './attempt.ts';
import { handOverWrites } from './hand-over.ts';

/** Fence → final copy → verification → sequences → switch → commit → opening, for strategies that copy behind the fence. */
export const cutOver = (order: AttemptOrder): Promise<HandOverFacts> =>
  handOverWrites(order, async (attempt) => {
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
  });
