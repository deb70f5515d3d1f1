import { expect, it } from 'vitest';
import { startCli } from './cli-process.ts';

it('whoever stops reading is no reason to fail: daybreak --help | head -1', async () => {
  const help = startCli(['--help'], {});
  // Gone before the child has begun to write.
  help.stdout.destroy();
  const { exitCode, stderr } = await help;
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});
