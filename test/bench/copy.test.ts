import { execa } from 'execa';
import { expect, test } from 'vitest';
import { PROGRAM } from '../program.ts';

const bench = (args: readonly string[]) =>
  execa(process.execPath, [PROGRAM, 'bench/main.ts', 'copy', ...args], { reject: false });

test(
  'the bench of the copy measures all rivals that are installed, and names those that are not',
  { timeout: 180_000 },
  async () => {
    const { stdout, stderr, exitCode } = await bench(['--size', '9MB', '--runs', '1', '--jobs', '2', '--json']);
    expect(stderr).toContain('the source has');
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    const time = { seconds: [expect.any(Number)], median: expect.any(Number) as number };
    expect(result).toMatchObject({
      ours: time,
      rivals: { dumpPsql: time, dumpRestore: time, floor: time },
      ratioToDumpPsql: expect.any(Number) as number,
      workerRssMb: expect.any(Number) as number,
    });
    const { missing, ratioToPgcopydb } = result;
    expect(missing).toEqual(ratioToPgcopydb === null ? ['pgcopydb'] : []);
  },
);

test('the bench names a size or a count that it cannot use', async () => {
  const refused = await bench(['--size', 'big']);
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('found big; wanted at least 1MB') as string,
  });
});
