import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { limited } from '../../../activities/application/deed-limit.ts';

test('a deed that hangs fails by name, and is told not to go on', async () => {
  let told: AbortSignal | undefined;
  const hanging = limited(
    'apply env',
    (signal) => ((told = signal), setTimeout(60_000, undefined, { ref: false })),
    20,
  );
  await expect(hanging).rejects.toMatchObject({ type: 'SwitchFailed', message: expect.stringContaining('apply env') });
  expect(told?.aborted).toBe(true);
});

test('a deed in time returns what it made, or throws what it threw', async () => {
  await expect(limited('apply env', () => Promise.resolve('done'))).resolves.toBe('done');
  await expect(limited('apply env', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
