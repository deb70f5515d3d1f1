import { describe, expect, test } from 'vitest';
import type { Clients } from '../../../activities/clients.ts';
import { untilReady } from '../../../activities/cutover/until-ready.ts';
import { failure } from '../../../activities/failure.ts';

const held = (abort = new AbortController().signal) => ({ clients: { pollIntervalMs: 1 } as Clients, abort });

describe('waiting for AWS behind the fence', () => {
  test('goes on while what is asked for is not ready, or AWS is busy', async () => {
    const answers = ['ResourceNotReady', 'ControlPlaneBusy', 'DatabaseUnreachable'] as const;
    let asked = 0;
    const deed = async (): Promise<string> => {
      const type = answers[asked];
      asked += 1;
      if (type !== undefined) throw failure(type, 'not yet');
      return 'ready';
    };
    expect(await untilReady(held(), deed)).toBe('ready');
    expect(asked).toBe(4);
  });

  test('ends with what no retry mends', async () => {
    const failed = failure('ResourceFailed', 'the cluster is migration-failed');
    await expect(untilReady(held(), () => Promise.reject(failed))).rejects.toBe(failed);
  });

  test('ends with the abort of the attempt, also between two looks', async () => {
    const abort = new AbortController();
    const overrun = failure('PauseOverrun', 'the pause is used up');
    const never = async (): Promise<never> => {
      queueMicrotask(() => abort.abort(overrun));
      throw failure('ResourceNotReady', 'creating', { nextRetryDelayMs: 60_000 });
    };
    await expect(untilReady(held(abort.signal), never)).rejects.toBe(overrun);
  });
});
