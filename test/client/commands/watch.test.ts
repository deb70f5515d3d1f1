import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gateOf, readiness } from '../example-gate.ts';
import { runCli, startCli, untilSaid } from '../cli-process.ts';
import { startFakeTemporal, type FakeTemporal } from '../fake/temporal.ts';
import { progress } from '../render/example-progress.ts';

describe('daybreak watch without a terminal', () => {
  let temporal: FakeTemporal;
  beforeAll(async () => {
    temporal = await startFakeTemporal();
  });
  afterEach(async () => await temporal.endRuns());
  afterAll(async () => await temporal.stop());

  it('prints a timestamped line for each change, and exits 0 when the run is done', async () => {
    const run = await temporal.run({ sections: progress().sections });
    const watching = startCli(['watch'], temporal.variables);
    await untilSaid(watching, '▶ running');
    await run.set({ status: 'done' });
    const { exitCode, stdout } = await watching;
    expect(stdout.split('\n')).toEqual([
      '2026-03-22T16:40:00Z ▶ setup begins',
      '2026-03-22T16:52:30Z ✔ setup done in 12 min 30 s',
      '2026-03-22T16:52:30Z ▶ data begins',
      '2026-03-22T16:52:30Z ▶ data: safety snapshot of mindmeasure-db',
      '2026-03-22T16:55:00Z ✔ data: safety snapshot of mindmeasure-db done in 2 min 30 s',
      '2026-03-22T16:55:00Z ▶ data: rehearse the copy',
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ▶ running$/),
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ✔ done$/),
    ]);
    expect(exitCode).toBe(0);
  });

  it('shows how far a copy is, from what the activity says in its heartbeats', async () => {
    const run = await temporal.run();
    await run.handle.signal('beginCopy');
    const watching = startCli(['watch'], temporal.variables);
    await untilSaid(watching, 'pg_restore: 3 of 7 tables');
    await run.set({ status: 'undone' });
    expect((await watching).exitCode).toBe(5);
  });

  it('returns 6 when an approver is needed and 7 when an operator is', async () => {
    await temporal.run({ status: 'waiting-for-approval', gate: gateOf(readiness()) });
    expect((await runCli(['watch'], temporal.variables)).exitCode).toBe(6);
    await temporal.endRuns();
    const held = { step: 'copyDatabase', failure: 'CopyFailed', message: 'disk full', answers: ['retry', 'undo'] };
    await temporal.run({ status: 'held', held });
    const { exitCode, stdout } = await runCli(['watch'], temporal.variables);
    expect(exitCode).toBe(7);
    expect(stdout).toContain('! held at copyDatabase: CopyFailed: disk full');
  });

  it('prints JSON Lines, one state a line', async () => {
    const run = await temporal.run();
    const watching = startCli(['watch', '--json'], temporal.variables);
    await untilSaid(watching, '"status":"running"');
    await run.set({ status: 'done' });
    const lines = (await watching).stdout
      .split('\n')
      .map((line) => JSON.parse(line) as { progress: { status: string } });
    for (const line of lines) expect(line).toMatchObject({ schemaVersion: 1, id: run.id, silence: null });
    expect(lines.at(0)?.progress.status).toBe('running');
    expect(lines.at(-1)?.progress.status).toBe('done');
  });

  it('ends with 130 on Ctrl-C and says that the run goes on; the run does', async () => {
    const run = await temporal.run();
    const watching = startCli(['watch'], temporal.variables);
    await untilSaid(watching, '▶ running');
    watching.kill('SIGINT');
    const { exitCode, stderr } = await watching;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('stopped watching; the run goes on');
    expect((await run.handle.describe()).status.name).toBe('RUNNING');
  });

  it('exits 7 when somebody ends the run by force', async () => {
    const run = await temporal.run();
    const watching = startCli(['watch'], temporal.variables);
    await untilSaid(watching, '▶ running');
    await run.handle.terminate('by hand');
    expect((await watching).exitCode).toBe(7);
  });

  it('refuses a patience that is no duration', async () => {
    const { exitCode, stderr } = await runCli(['watch', '--patience', 'long'], temporal.variables);
    expect(exitCode).toBe(2);
    expect(stderr.replaceAll('\n', ' ')).toContain('wanted a duration such as 90s or 5m');
  });
});

it('daybreak watch waits for Temporal to come back, and without a terminal gives up after its patience with 8', async () => {
  const temporal = await startFakeTemporal();
  await temporal.run();
  const watching = startCli(['watch', '--patience', '2s'], temporal.variables);
  await untilSaid(watching, '▶ running');
  await temporal.stop();
  const { exitCode, stdout, stderr } = await watching;
  expect(stderr).toBe('');
  expect(stdout).toMatch(/! Temporal does not answer \([a-z ]+\); asked again until it does/);
  expect(exitCode).toBe(8);
});
