import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { runCli, untilSaid } from './cli-process.ts';

/** The programs themselves are tested where they live; here only that their words, answers and signals come through. */
describe('daybreak rescue and daybreak worker', () => {
  it('pass their arguments on, also --help, and give back the exit code', async () => {
    const { exitCode, stdout, stderr } = await runCli(['rescue', '--help'], {});
    expect(`${stdout}${stderr}`).not.toContain('no such command');
    expect(`${stdout}${stderr}`.toLowerCase()).toContain('custody');
    expect(exitCode).toBe(0);
  });

  it('need no Temporal for rescue: a missing plan is refused by the program itself', async () => {
    const { exitCode, stderr } = await runCli(['rescue', '/nowhere/plan.yaml'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(stderr).toContain('/nowhere/plan.yaml');
    expect(exitCode).toBe(2);
  });

  it('let the program end itself when the command is told to end, and give back its exit code', async () => {
    const parent = fileURLToPath(new URL('./fake/parent.ts', import.meta.url));
    const child = execa(process.execPath, ['--import', import.meta.resolve('tsx'), parent, '--only', 'cutover'], {
      cwd: '/',
      reject: false,
    });
    await untilSaid(child, 'given --only cutover in /\n');
    child.kill('SIGTERM');
    const { exitCode, stdout } = await child;
    expect(stdout).toContain('told to end');
    expect(exitCode).toBe(42);
  });
});

describe('shell completion', () => {
  it('knows the commands, their options and their answers', async () => {
    expect((await runCli(['complete', '--', 'st'], {})).stdout).toMatch(/^start\t.*\nstatus\t/);
    expect((await runCli(['complete', '--', 'hold', ''], {})).stdout).toMatch(/^retry\t?\nundo\t?\nskip\t?\ndone/);
    expect((await runCli(['complete', '--', 'approve', '--'], {})).stdout).toContain('--digest\t');
  });

  it('prints a script for a shell, and exits 2 for one it does not know', async () => {
    const script = await runCli(['completion', 'bash'], {});
    expect(script.stdout).toContain('# bash completion for daybreak');
    const { exitCode, stderr } = await runCli(['completion', 'klingon'], {});
    expect(exitCode).toBe(2);
    expect(stderr).toContain('zsh, bash, fish, powershell');
  });
});

describe('the command line', () => {
  it('without a command prints the help to stderr and exits 2', async () => {
    const { exitCode, stdout, stderr } = await runCli([], {});
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: daybreak');
  });

  it('with --help prints it to stdout and exits 0, with every command and exit code', async () => {
    const { exitCode, stdout } = await runCli(['--help'], {});
    expect(exitCode).toBe(0);
    for (const name of 'init start watch status report approve reject hold pause resume rollback rescue list worker doctor completion'.split(
      ' ',
    ))
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    for (const code of [0, 1, 2, 3, 5, 6, 7, 8, 130]) expect(stdout).toMatch(new RegExp(`\\b${code} [a-zT]`));
  });
});
