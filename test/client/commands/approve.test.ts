import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { folderStore } from '../../../activities/evidence/folder-store.ts';
import { digestOf } from '../../../model/digest.ts';
import type { Progress } from '../../../model/progress.ts';
import { decommission, gateOf, readiness, sourceReboot } from '../example-gate.ts';
import { runCli, type Ran } from '../cli-process.ts';
import { startFakeTemporal, type FakeRun, type FakeTemporal } from '../fake/temporal.ts';

describe('daybreak approve and reject', () => {
  let temporal: FakeTemporal;
  beforeAll(async () => {
    temporal = await startFakeTemporal();
  });
  afterEach(async () => await temporal.endRuns());
  afterAll(async () => await temporal.stop());
  const cli = async (...args: string[]): Promise<Ran> => await runCli(args, temporal.variables);
  const atGate = async (report = readiness() as Parameters<typeof gateOf>[0]): Promise<FakeRun> =>
    await temporal.run({ status: 'waiting-for-approval', gate: gateOf(report) });
  const progressOf = async ({ handle }: FakeRun): Promise<Progress> => await handle.query('progress');

  it('opens the gate for the report it has shown, and says so', async () => {
    const run = await atGate();
    const { exitCode, stdout, stderr } = await cli('approve', '--as', 'anna', '--yes', '--comment', 'looks good');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('CUTOVER: may the writes of mindmeasure-db move to mindmeasure-aurora?');
    expect(stderr).toContain(gateOf(readiness()).digest);
    expect(stdout).toBe(`✔ accepted: approve cutover by anna\n  ${run.id}`);
    const { gate, decisions } = await progressOf(run);
    expect(gate?.decision).toMatchObject({ kind: 'approved', by: 'anna' });
    expect(decisions).toMatchObject([{ accepted: true, by: 'anna', comment: 'looks good' }]);
  });

  it('opens the decommission gate with the same command, and says what is lost', async () => {
    const run = await atGate(decommission());
    const { exitCode, stdout, stderr } = await cli('approve', '--as', 'ben', '--yes');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('the way back');
    expect(stdout).toContain('accepted: approve decommission by ben');
    expect((await progressOf(run)).gate?.decision).toMatchObject({ by: 'ben' });
  });

  it('opens the gate before a reboot of the source with the same command, and says what clients see of it', async () => {
    const run = await atGate(sourceReboot());
    const status = await cli('status');
    expect(status.exitCode).toBe(6);
    expect(status.stdout).toContain('daybreak approve --as NAME   by anna, ben');
    const { exitCode, stdout, stderr } = await cli('approve', '--as', 'ben', '--yes');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('SOURCE REBOOT: may the parameters of mindmeasure-db be changed');
    expect(stderr).toContain('rds.logical_replication: 0 → 1');
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('every connection to the source is ended');
    expect(stdout).toContain('accepted: approve source-reboot by ben');
    expect((await progressOf(run)).gate?.decision).toMatchObject({ kind: 'approved', by: 'ben' });
  });

  it('rejects the reboot, after its report was shown as a result and as JSON', async () => {
    const run = await atGate(sourceReboot());
    expect((await cli('report')).stdout).toContain('nothing is changed, and the run ends');
    expect(JSON.parse((await cli('report', '--json')).stdout)).toMatchObject({ report: { gate: 'source-reboot' } });
    expect((await cli('reject', '--as', 'carol', '--yes')).exitCode, 'the operator').toBe(3);
    const { exitCode, stdout } = await cli('reject', '--as', 'anna', '--comment', 'not this month');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('accepted: reject source-reboot by anna');
    expect((await progressOf(run)).gate?.decision).toMatchObject({ kind: 'rejected', by: 'anna' });
  });

  it.each([
    ['an unknown approver', ['--as', 'mallory'], 'mallory is not an approver of this plan'],
    ['the operator', ['--as', 'carol'], 'carol'],
    ['another digest', ['--as', 'anna', '--digest', 'sha256:0'], "is not the open report's"],
  ])('exits 3 with the run’s reason for %s, and the run keeps the refusal', async (_, args, reason) => {
    const run = await atGate(readiness({ approvers: ['anna', 'carol'] }));
    const { exitCode, stdout, stderr } = await cli('approve', '--yes', ...args);
    expect(exitCode).toBe(3);
    expect(stdout).toBe('');
    expect(stderr.replaceAll(/\n +/g, ' ')).toContain(reason);
    expect(stderr).toMatch(/nothing changed$/);
    const { gate, decisions } = await progressOf(run);
    expect(gate?.decision).toBeNull();
    expect(decisions).toMatchObject([{ accepted: false }]);
  });

  it('exits 3 when no gate is open, and says where the run stands', async () => {
    await temporal.run();
    const { exitCode, stderr } = await cli('approve', '--as', 'anna', '--yes');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('no gate is open');
    expect(stderr).toContain('running');
  });

  it('exits 3 the second time, and names who approved before', async () => {
    await atGate();
    await cli('approve', '--as', 'anna', '--yes');
    const { exitCode, stderr } = await cli('approve', '--as', 'ben', '--yes');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('already approved by anna');
  });

  it('exits 2 without a name, before anything is asked of Temporal', async () => {
    const { exitCode, stderr } = await runCli(['approve', '--yes'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('give --as NAME, or set DAYBREAK_ACTOR');
  });

  it('takes the name from DAYBREAK_ACTOR', async () => {
    await atGate();
    const { stdout } = await runCli(['approve', '--yes'], { ...temporal.variables, DAYBREAK_ACTOR: 'ben' });
    expect(stdout).toContain('approve cutover by ben');
  });

  it('exits 2 without a terminal and without --yes, names the flag, and approves nothing', async () => {
    const run = await atGate();
    const { exitCode, stderr } = await cli('approve', '--as', 'anna');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('wanted  the flag --yes');
    expect((await progressOf(run)).gate?.decision).toBeNull();
  });

  it('prints one JSON document for what was accepted', async () => {
    const run = await atGate();
    const { stdout } = await cli('approve', '--as', 'anna', '--yes', '--json');
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      id: run.id,
      request: 'approve cutover by anna',
      accepted: true,
    });
  });

  it('rejects, and needs no terminal for it', async () => {
    const run = await atGate();
    const { exitCode, stdout } = await cli('reject', '--as', 'ben', '--comment', 'not tonight');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('accepted: reject cutover by ben');
    const { gate, decisions } = await progressOf(run);
    expect(gate?.decision).toMatchObject({ kind: 'rejected', by: 'ben' });
    expect(decisions).toMatchObject([{ comment: 'not tonight' }]);
  });

  it('rejects the decommission too', async () => {
    const run = await atGate(decommission());
    expect((await cli('reject', '--as', 'ben')).exitCode).toBe(0);
    expect((await progressOf(run)).gate?.decision).toMatchObject({ kind: 'rejected' });
  });

  it('report prints the gate’s screen as a result, and its report as JSON', async () => {
    await atGate();
    const { exitCode, stdout } = await cli('report');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('CUTOVER: may the writes');
    const json: unknown = JSON.parse((await cli('report', '--json')).stdout);
    expect(json).toMatchObject({ schemaVersion: 1, digest: gateOf(readiness()).digest, report: readiness() });
  });

  it('report exits 3 as long as there is none', async () => {
    await temporal.run();
    const { exitCode, stderr } = await cli('report');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('no report has been made yet');
    expect((await cli('report', '--evidence')).exitCode).toBe(3);
  });

  it('report tells what came of a run that ended, and where the evidence lies', async () => {
    const run = await temporal.run({
      status: 'rejected',
      reason: 'rejected by ben',
      evidence: '/evidence/sha256-1.json',
    });
    await run.ended();
    const { exitCode, stdout } = await cli('report', run.id);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('✖ rejected and undone');
    expect(stdout).toContain('because   rejected by ben');
    const far = await cli('report', run.id, '--evidence');
    expect(far.stdout).toBe('/evidence/sha256-1.json');
    expect(far.stderr).toContain('this machine cannot read there');
  });

  it('report prints the evidence that this machine can read, as one JSON document', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'daybreak-report-'));
    const run = await temporal.run();
    const { runId } = await run.handle.describe();
    const report = { ...readiness(), migration: run.id, run: runId };
    const { location } = await folderStore(folder).put(digestOf(report), report);
    await run.set({ status: 'rejected', evidence: location });
    await run.ended();
    const { stdout } = await cli('report', run.id, '--evidence');
    await rm(folder, { recursive: true });
    const documents = [{ file: location, intact: true, document: report }];
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, location, documents });
  });
});
