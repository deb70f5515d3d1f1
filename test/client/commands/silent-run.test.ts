import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gateOf, readiness } from '../example-gate.ts';
import { runCli, startCli, untilSaid } from '../cli-process.ts';
import { startFakeTemporal, type FakeRun, type FakeTemporal } from '../fake/temporal.ts';

describe('while no worker is up', () => {
  let temporal: FakeTemporal;
  beforeAll(async () => {
    temporal = await startFakeTemporal();
  });
  afterEach(async () => await temporal.endRuns());
  afterAll(async () => await temporal.stop());
  const orphan = async (progress: Parameters<FakeTemporal['run']>[0]): Promise<FakeRun> => {
    const run = await temporal.run(progress);
    await run.handle.query('progress');
    await temporal.stopWorker();
    return run;
  };

  it('status says that nobody answers and exits 7', async () => {
    await orphan({});
    const { exitCode, stdout } = await runCli(['status'], temporal.variables);
    await temporal.startWorker();
    expect(stdout).toMatch(/no answer from the run: no worker/);
    expect(stdout).toContain('daybreak worker');
    expect(exitCode).toBe(7);
  });

  it('how a run ended is read from what it left with Temporal', async () => {
    const ran = {
      done: await temporal.run({ status: 'done', reason: 'the source was kept' }),
      rejected: await temporal.run({ status: 'rejected', reason: 'rejected by ben' }),
      cancelled: await temporal.run(),
    };
    await ran.cancelled.handle.cancel();
    await ran.cancelled.set({ status: 'cancelled' });
    for (const run of Object.values(ran)) await run.ended();
    await temporal.stopWorker();
    const done = await runCli(['status', ran.done.id], temporal.variables);
    const rejected = await runCli(['status', ran.rejected.id], temporal.variables);
    const cancelled = await runCli(['status', ran.cancelled.id], temporal.variables);
    await temporal.startWorker();
    expect(done).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/✔ done[^]*the source was kept/) as string,
    });
    expect(rejected).toMatchObject({ exitCode: 5, stdout: expect.stringContaining('rejected by ben') as string });
    expect(cancelled).toMatchObject({
      exitCode: 5,
      stdout: expect.stringContaining('it was cancelled and everything'),
    });
  });

  it('an approval whose fate is unknown is told apart from one that was refused', async () => {
    const run = await orphan({ status: 'waiting-for-approval', gate: gateOf(readiness()) });
    const paused = await runCli(['pause', run.id, '--as', 'carol'], temporal.variables);
    await temporal.startWorker();
    expect(paused.exitCode).toBe(7);
    expect(paused.stderr).toContain('unknown whether this was done: pause by carol');
    expect(paused.stderr).toContain('the run may still do it');
    expect(paused.stderr).toMatch(/needs you$/);
  });

  it('watch waits for a worker to come back and then goes on', async () => {
    const run = await orphan({});
    const watching = startCli(['watch', run.id], temporal.variables);
    await untilSaid(watching, 'no answer from the run');
    await temporal.startWorker();
    await run.set({ status: 'done' });
    const { exitCode, stdout } = await watching;
    expect(stdout).toMatch(/✔ done\n?$/);
    expect(exitCode).toBe(0);
  });

  it('watch without a terminal gives up after its patience and exits 7', async () => {
    const run = await orphan({});
    const { exitCode } = await runCli(['watch', run.id, '--patience', '1s'], temporal.variables);
    await temporal.startWorker();
    expect(exitCode).toBe(7);
  });
});
