import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { beating } from '../../activities/heartbeat.ts';

test('an activity without progress of its own beats while it runs, and no longer', async () => {
  const environment = new MockActivityEnvironment();
  let beats = 0;
  const first = new Promise<void>((resolve) => {
    environment.on('heartbeat', () => {
      beats += 1;
      resolve();
    });
  });
  const { wait } = beating({ wait: async (input: string) => first.then(() => `${input} seen`) });
  expect(await environment.run(wait, 'beat')).toBe('beat seen');
  expect(beats).toBe(1);
});

test('its failure passes through', async () => {
  const { fail } = beating({ fail: () => Promise.reject(new Error('no')) });
  await expect(new MockActivityEnvironment().run(fail)).rejects.toThrow('no');
});
