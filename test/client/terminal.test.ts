import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrationId } from '../../model/names.ts';
import type { Progress } from '../../model/progress.ts';
import { gateOf, readiness } from './example-gate.ts';
import { examplePlan, examplePlanDocument } from './fake/example-plan.ts';
import { setProgress } from './fake/migrate-workflow.ts';
import { startFakeTemporal, type FakeTemporal } from './fake/temporal.ts';
import { cutOver, progress } from './render/example-progress.ts';
import { noWindow, openWindow, type Window } from './tmux-window.ts';

if (noWindow !== null) console.warn(`SKIPPED: the CLI on a terminal is not tested, ${noWindow}`);

describe.skipIf(noWindow !== null)('on a terminal', () => {
  let temporal: FakeTemporal;
  let window: Window;
  let folder: string;
  beforeAll(async () => {
    temporal = await startFakeTemporal();
    folder = await mkdtemp(join(tmpdir(), 'daybreak-terminal-'));
    await writeFile(join(folder, 'plan.yaml'), stringify(examplePlanDocument()));
  });
  beforeEach(async () => {
    window = await openWindow(temporal.variables);
  });
  afterEach(async () => {
    await window.close();
    await temporal.endRuns();
  });
  afterAll(async () => {
    await temporal.stop();
    await rm(folder, { recursive: true });
  });

  it('watch redraws one screen in place, keeps watching at a gate, and stays within the window', async () => {
    const { sections } = progress();
    const run = await temporal.run({ sections });
    await run.handle.signal('beginCopy');
    await window.daybreak('watch');
    await window.shows('pg_restore: 3 of 7 tables');
    const waitingFor = { what: 'the approval of the cutover', until: '2099-03-22T23:30:00Z' };
    await run.set({ status: 'waiting-for-approval', gate: gateOf(readiness()), waitingFor });
    const atGate = (await window.shows('? waiting for approval')).trimEnd().split('\n');
    expect(atGate.filter((line) => line.includes('strategy dump'))).toHaveLength(1);
    expect(atGate.length).toBeLessThanOrEqual(24);
    expect(atGate.at(-1)).toBe('Ctrl-C leaves the watch; the run goes on without it.');
    await run.set({ status: 'done', waitingFor: null });
    const end = await window.shows('exit 0');
    expect(end).toContain('✔ done');
    expect(end).not.toContain('Ctrl-C');
  });

  it('watch ends on Ctrl-C with 130, says that the run goes on, and it does', async () => {
    const run = await temporal.run();
    // A shell that is not interactive goes on after Ctrl-C only with a trap.
    await window.press(`trap 'echo "exit $?"' INT`, 'Enter');
    await window.daybreak('watch');
    await window.shows('▶ running');
    await window.press('C-c');
    await window.shows('stopped watching; the run goes on. daybreak watch looks again.');
    await window.shows('exit 130');
    expect((await run.handle.describe()).status.name).toBe('RUNNING');
  });

  it('approve asks for the source’s name, takes no other, and approves what was shown', async () => {
    const run = await temporal.run({ status: 'waiting-for-approval', gate: gateOf(readiness()) });
    await window.daybreak('approve --as anna');
    await window.shows('Type mindmeasure-db to approve as anna:');
    await window.press('mindmeasure-aurora', 'Enter');
    await window.shows('wanted mindmeasure-db; Ctrl-C leaves everything as it is');
    expect((await run.handle.query<Progress>('progress')).gate?.decision).toBeNull();
    await window.press('C-u', 'mindmeasure-db', 'Enter');
    await window.shows('✔ accepted: approve cutover by anna');
    expect((await run.handle.query<Progress>('progress')).gate?.decision).toMatchObject({ by: 'anna' });
  });

  it('Ctrl-C at the question approves nothing and exits 130', async () => {
    const run = await temporal.run({ status: 'waiting-for-approval', gate: gateOf(readiness()) });
    await window.daybreak('approve --as anna');
    await window.shows('Type mindmeasure-db to approve as anna:');
    await window.press('C-c');
    expect(await window.shows('exit 130')).toContain('nothing changed');
    expect((await run.handle.query<Progress>('progress')).decisions).toEqual([]);
  });

  it('a terminal that goes away at the question approves nothing, and the command exits 130', async () => {
    const run = await temporal.run({ status: 'waiting-for-approval', gate: gateOf(readiness()) });
    await window.daybreakForSignals('approve --as anna');
    await window.shows('Type mindmeasure-db to approve as anna:');
    await window.signal('SIGHUP');
    expect(await window.shows('exit 130')).toContain('nothing changed');
    expect((await run.handle.query<Progress>('progress')).decisions).toEqual([]);
  });

  it('watch ends with its terminal, and the run goes on', async () => {
    const run = await temporal.run();
    await window.daybreakForSignals('watch');
    await window.shows('▶ running');
    await window.signal('SIGHUP');
    await window.shows('exit 130');
    expect((await run.handle.describe()).status.name).toBe('RUNNING');
  });

  it('reject shows the gate and asks; no leaves everything as it is', async () => {
    const run = await temporal.run({ status: 'waiting-for-approval', gate: gateOf(readiness()) });
    await window.daybreak('reject --as ben');
    await window.shows('Reject as ben?');
    await window.press('n', 'Enter');
    expect(await window.shows('exit 3')).toContain('nothing changed');
    expect((await run.handle.query<Progress>('progress')).decisions).toEqual([]);
  });

  it('rollback says what is lost and asks; yes sends it', async () => {
    const wayBack = { until: '2099-03-23T17:00:00Z', writesAtRisk: 42, trouble: null };
    const run = await temporal.run({ status: 'soaking', handOvers: [cutOver], wayBack });
    await window.daybreak('rollback --as carol --accept-loss');
    expect(await window.shows('Go back?')).toContain('42 row changes the target has taken');
    await window.press('y', 'Enter');
    await window.shows('✔ accepted: rollback by carol');
    expect((await run.handle.query<Progress>('progress')).decisions).toHaveLength(1);
  });

  it('start goes on watching, so that leaving it needs no thought', async () => {
    await window.daybreak(`start ${join(folder, 'plan.yaml')} --operator carol`);
    const shown = await window.shows('Ctrl-C leaves the watch');
    expect(shown).toContain('you may close it');
    const handle = temporal.env.client.workflow.getHandle(migrationId(examplePlan()));
    await handle.signal(setProgress, { status: 'given-back' });
    expect(await window.shows('exit 5')).toContain('✖ cutover given back and undone');
  });
});
