import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../../model/progress.ts';
import { runCli, type Ran } from '../cli-process.ts';
import { startFakeTemporal, type FakeRun, type FakeTemporal } from '../fake/temporal.ts';
import { cutOver } from '../render/example-progress.ts';

describe('what people ask of a run', () => {
  let temporal: FakeTemporal;
  beforeAll(async () => {
    temporal = await startFakeTemporal();
  });
  afterEach(async () => await temporal.endRuns());
  afterAll(async () => await temporal.stop());
  const cli = async (...args: string[]): Promise<Ran> => await runCli(args, temporal.variables);
  const heard = async ({ handle }: FakeRun): Promise<string | undefined> =>
    (await handle.query<Progress>('progress')).decisions.at(-1)?.message;

  it('pause carries who asks and why', async () => {
    const run = await temporal.run();
    const { exitCode, stdout } = await cli('pause', '--as', 'carol', '--reason', 'lunch');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`✔ accepted: pause by carol\n  ${run.id}`);
    expect(await heard(run)).toBe('pause {"actor":"carol","reason":"lunch"}');
  });

  it('resume of a run that is not paused is refused with exit 3', async () => {
    await temporal.run();
    const { exitCode, stderr } = await cli('resume', '--as', 'carol');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/refused: resume by carol\n {2}found +not paused/);
  });

  it.each(['retry', 'undo'])('hold %s answers a held run', async (answer) => {
    const held = { step: 'copyDatabase', failure: 'CopyFailed', message: 'no', answers: ['retry', 'undo'] };
    const run = await temporal.run({ status: 'held', held });
    expect((await cli('hold', answer, '--as', 'carol')).exitCode).toBe(0);
    expect(await heard(run)).toBe(`hold {"actor":"carol","answer":"${answer}"}`);
  });

  it.each(['skip', 'done'])('hold %s wants a reason, and exits 2 naming the flag', async (answer) => {
    const held = { step: 'deleteCluster', failure: 'ControlPlaneRefused', message: 'no', answers: [answer] };
    const run = await temporal.run({ status: 'rollback-blocked', held });
    const refused = await cli('hold', answer);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('give --reason TEXT');
    expect((await cli('hold', answer, '--as', 'carol', '--reason', 'gone')).exitCode).toBe(0);
    expect(await heard(run)).toBe(`hold {"actor":"carol","answer":"${answer}","reason":"gone"}`);
  });

  it('hold takes no other answer', async () => {
    const { exitCode, stderr } = await cli('hold', 'maybe');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('retry, undo, skip, done');
  });

  it('rollback says before it asks what going back costs', async () => {
    const wayBack = { until: '2099-11-23T17:00:00Z', writesAtRisk: 42, trouble: null };
    const run = await temporal.run({ status: 'soaking', handOvers: [cutOver], wayBack });
    const { exitCode, stderr } = await cli('rollback', '--as', 'carol', '--accept-loss', '--reason', 'slow');
    expect(stderr.replaceAll('\n', ' ')).toContain('42 row changes the target has taken will be LOST');
    expect(exitCode).toBe(0);
    expect(await heard(run)).toBe('rollback {"actor":"carol","acceptLoss":true,"reason":"slow"}');
  });

  it('a loss is accepted only by its flag', async () => {
    const run = await temporal.run();
    await cli('rollback', '--as', 'carol');
    expect(await heard(run)).toBe('rollback {"actor":"carol"}');
  });

  it('rollback --dry-run says what going back would do and cost, and asks for nothing', async () => {
    const run = await temporal.run({ status: 'soaking', handOvers: [cutOver] });
    const { exitCode, stdout } = await cli('rollback', '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout.replaceAll(/\n {2,}/g, ' ')).toMatch(/lost +0 writes/);
    expect(stdout).toContain('writes would stop for about 45 ms');
    expect(stdout).toContain('website (dotenv): new.test:5432/app → old.test:5432/app');
    expect(stdout).toContain('trouble   switch website does not lead to the target now');
    expect(stdout).toMatch(/nothing was changed$/);
    const { stdout: json } = await cli('rollback', '--dry-run', '--json');
    expect(JSON.parse(json)).toMatchObject({ id: run.id, preview: { kind: 'hand-over', writesLost: 0, tripMs: 9 } });
    expect(await heard(run)).toBeUndefined();
  });

  it('rollback --dry-run of a run that cannot go back is refused with exit 3', async () => {
    await temporal.run();
    const { exitCode, stderr } = await cli('rollback', '--dry-run');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/refused: rollback --dry-run\n {2}found +it has ended already/);
  });

  it('soak extend and soak end carry who asks and why; what is no duration exits 2', async () => {
    const run = await temporal.run({ status: 'soaking', handOvers: [cutOver] });
    expect((await cli('soak', 'extend', '12h', '--as', 'carol', '--reason', 'holiday')).exitCode).toBe(0);
    expect(await heard(run)).toBe('extendSoak {"actor":"carol","by":"12h","reason":"holiday"}');
    expect((await cli('soak', 'end', '--as', 'carol')).stdout).toContain('accepted: soak end by carol');
    expect(await heard(run)).toBe('endSoak {"actor":"carol"}');
    const { exitCode, stderr } = await cli('soak', 'extend', 'soon');
    expect(exitCode).toBe(2);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('wanted a duration such as 90m, 12h or 2d');
  });

  it('nothing can be asked of a run that has ended', async () => {
    const run = await temporal.run({ status: 'done' });
    await run.ended();
    const { exitCode, stderr } = await cli('pause', run.id, '--as', 'carol');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('has ended');
    expect(stderr).toMatch(/nothing changed$/);
  });

  it('list names runs and how they stand, and prints one JSON document', async () => {
    const run = await temporal.run();
    const { stdout } = await cli('list', '--active');
    expect(stdout).toContain(run.id);
    expect(stdout).toContain('status   Temporal: RUNNING');
    const json = JSON.parse((await cli('list', '--json', '--active')).stdout) as { runs: unknown[] };
    expect(json).toMatchObject({ schemaVersion: 1, runs: [{ id: run.id, endedAt: null }] });
  });
});
