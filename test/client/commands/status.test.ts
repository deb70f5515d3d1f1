import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type Ran } from '../cli-process.ts';
import { startFakeTemporal, type FakeTemporal } from '../fake/temporal.ts';

describe('daybreak status', () => {
  let temporal: FakeTemporal;
  beforeAll(async () => {
    temporal = await startFakeTemporal();
  });
  afterEach(async () => await temporal.endRuns());
  afterAll(async () => await temporal.stop());
  const status = async (...args: string[]): Promise<Ran> => await runCli(['status', ...args], temporal.variables);

  it('finds the only active run by itself and says where it stands', async () => {
    const run = await temporal.run();
    const { exitCode, stdout, stderr } = await status();
    expect(stdout).toContain('mindmeasure-db → mindmeasure-aurora, strategy dump');
    expect(stdout).toContain(run.id);
    expect(stdout).toContain('▶ running');
    expect(stdout).toContain('writes   taken by mindmeasure-db');
    expect(stdout).toMatch(/started {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC \(.*Europe\/Berlin\) by carol/);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  it.each([
    ['done', 0, '✔ done'],
    ['refused', 3, '✖ refused: blockers, nothing was made'],
    ['rejected', 5, '✖ rejected and undone'],
    ['waiting-for-approval', 6, '? waiting for approval'],
    ['held', 7, '! held: a step failed and waits for an answer'],
  ] as const)('of a run that is %s exits %i', async (name, code, words) => {
    const run = await temporal.run({ status: name });
    const { exitCode, stdout } = await status(run.id);
    expect(stdout).toContain(words);
    expect(exitCode).toBe(code);
  });

  it('asks which run is meant when several are active, and names them', async () => {
    const runs = [await temporal.run(), await temporal.run()];
    const { exitCode, stdout, stderr } = await status();
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    for (const { id } of runs) expect(stderr).toContain(id);
    expect(stderr).toMatch(/which run is meant\?\n {2}found +2 active\n {2}wanted +exactly one/);
    expect(stderr).toMatch(/nothing changed$/);
  });

  it('finds a run by a part of its id, also among several', async () => {
    const [run] = [await temporal.run({ status: 'soaking' }), await temporal.run()];
    const { exitCode, stdout } = await status(run.id.split('/')[3] ?? '');
    expect(stdout).toContain('~ soaking');
    expect(exitCode).toBe(0);
  });

  it('exits 2 for a run that does not exist', async () => {
    const { exitCode, stderr } = await status('daybreak/1/eu-west-2/none/none');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no such run');
    expect(stderr).toMatch(/nothing changed$/);
  });

  it('says that a terminated run was undone by nobody, and needs an operator', async () => {
    const run = await temporal.run({ status: 'cutting-over' });
    await run.handle.terminate('by hand');
    const { exitCode, stdout } = await status(run.id);
    expect(stdout.replaceAll('\n', ' ')).toContain(
      'Temporal ended this run as TERMINATED, by force, and nothing was undone',
    );
    expect(stdout).toContain('daybreak rescue');
    expect(exitCode).toBe(7);
  });

  it('prints one JSON document and nothing else', async () => {
    const run = await temporal.run({ status: 'held' });
    const { exitCode, stdout, stderr } = await status('--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      id: run.id,
      execution: 'RUNNING',
      exitCode: 7,
      progress: { status: 'held', source: 'mindmeasure-db' },
    });
    expect(stderr).toBe('');
    expect(exitCode).toBe(7);
  });

  it('prints one JSON document for an error too', async () => {
    const { exitCode, stdout } = await status('--json');
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, error: { ending: 'nothing changed', exitCode: 2 } });
    expect(exitCode).toBe(2);
  });

  it('tells a bug of ours in one short line, exits 1, and shows the stack only where DEBUG is set', async () => {
    const broken = { sections: 'not sections' } as object;
    const run = await temporal.run(broken);
    const short = await status(run.id);
    expect(short.exitCode).toBe(1);
    expect(short.stderr).toContain('something went wrong that Daybreak did not expect');
    expect(short.stderr).not.toContain('    at ');
    expect(short.stderr).toMatch(/needs you$/);
    const long = await runCli(['status', run.id], { ...temporal.variables, DEBUG: '1' });
    expect(long.stderr).toContain('    at ');
  });

  it('exits 8 when Temporal does not answer, and says that rescue needs none', async () => {
    const { exitCode, stdout, stderr } = await runCli(['status'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(exitCode).toBe(8);
    expect(stdout).toBe('');
    expect(stderr).toContain('Temporal does not answer at 127.0.0.1:1');
    expect(stderr).toContain('daybreak rescue needs no Temporal');
    expect(stderr).toMatch(/nothing changed$/);
  });

  it('exits 8 for a namespace that does not exist', async () => {
    const { exitCode, stderr } = await runCli(['list'], { ...temporal.variables, TEMPORAL_NAMESPACE: 'nowhere' });
    expect(exitCode).toBe(8);
    expect(stderr).toContain('nowhere');
  });

  it('exits 2 for an option that does not exist', async () => {
    const { exitCode, stderr } = await status('--colour');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/unknown option '--colour'[^]*nothing changed$/);
  });
});
