import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PROGRAM } from '../../program.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
/** A whole migration takes less than a minute on two idle cores; beside other tests, several. */
const LIMIT_MS = 300_000;

const outcome = z.strictObject({
  status: z.string(),
  strategy: z.string(),
  phases: z.array(z.strictObject({ name: z.string(), status: z.string(), durationMs: z.number().nullable() })),
  writePauseMs: z.number().nullable(),
  rollbackPauseMs: z.number().nullish(),
  rowsVerified: z.int(),
  writesAcknowledged: z.int(),
  writesFailed: z.int(),
  writesLost: z.int(),
  reportPath: z.string().nullable(),
});

const launch = (...args: string[]) =>
  execa(process.execPath, [PROGRAM, 'local/demo/main.ts', ...args], {
    cwd: ROOT,
    reject: false,
    stdin: 'ignore',
    timeout: LIMIT_MS,
  });
/** Runs the demo to its end; one that ends otherwise than wanted tells its whole story. */
async function demo(wanted: number, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await launch(...args);
  if (exitCode !== wanted) throw new Error(`exit code ${exitCode}, wanted ${wanted}\n${stderr}`);
  return { stdout, stderr };
}
const lastLine = (stdout: string): z.output<typeof outcome> =>
  outcome.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
const statuses = ({ phases }: z.output<typeof outcome>): Record<string, string> =>
  Object.fromEntries(phases.map(({ name, status }) => [name, status]));

describe('the demo', { timeout: LIMIT_MS }, () => {
  test('moves the database, and not one acknowledged write is lost', async () => {
    const { stdout, stderr } = await demo(0, '--yes', '--strategy', 'dump', '--json', '--soak', '2s');
    const found = lastLine(stdout);
    expect(found).toMatchObject({ status: 'done', strategy: 'dump', writesLost: 0, writesFailed: 0 });
    expect(new Set(Object.values(statuses(found)))).toEqual(new Set(['done']));
    expect(found.rowsVerified).toBeGreaterThan(201_000);
    expect(found.writesAcknowledged).toBeGreaterThan(100);
    expect(found.writePauseMs).toBeGreaterThan(0);
    expect(stderr).toContain('the target, Aurora');
    expect(JSON.parse(readFileSync(found.reportPath ?? '', 'utf8'))).toMatchObject({ status: 'done' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  test('rejected, it leaves the world as it was and says so with exit code 5', async () => {
    const { stdout, stderr } = await demo(5, '--reject', '--json');
    const found = lastLine(stdout);
    expect(found).toMatchObject({ status: 'rejected', writesLost: 0, writesFailed: 0 });
    expect(statuses(found)).toMatchObject({ verification: 'undone', cutover: 'skipped' });
    expect(found.rowsVerified).toBeGreaterThan(201_000);
    expect(stderr).toContain('the source, RDS');
    expect(stderr).toMatch(/world as before.+yes:/);
  });

  test('rolled back in the soak, it loses nothing: the source has followed', async () => {
    const { stdout, stderr } = await demo(5, '--rollback', '--yes', '--json');
    const found = lastLine(stdout);
    expect(found).toMatchObject({ status: 'rolled-back', strategy: 'blue-green', writesLost: 0, writesFailed: 0 });
    expect(found.rollbackPauseMs).toBeGreaterThan(0);
    expect(stderr).toMatch(/world as before.+yes:/);
    expect(stderr).toContain('every write comes along');
    expect(stderr).toContain('the source, RDS');
  });

  test('interrupted, it ends what it started and exits with 130', async () => {
    const child = launch('--yes');
    const ui = await new Promise<string>((resolve) => {
      child.stderr.on('data', (data: Buffer) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(String(data));
        if (found !== null) resolve(found[0]);
      });
    });
    expect((await fetch(ui)).status).toBe(200);
    child.kill('SIGINT');
    const { exitCode, stderr } = await child;
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: expect.stringContaining('Stopping') });
    await expect(fetch(ui)).rejects.toThrow('fetch failed');
  });

  test('does not begin where nobody could be asked, or with a strategy it does not know', async () => {
    expect((await demo(2)).stderr).toContain('--yes');
    expect((await demo(2, '--yes', '--strategy', 'teleport')).stderr).toContain('knows blue-green, replica');
  });
});
