import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { migrationId } from '../../../model/names.ts';
import { MIGRATE_WORKFLOW } from '../../../workflows/messages.ts';
import { runCli, startCli, untilSaid, type Ran } from '../cli-process.ts';
import { examplePlan, examplePlanDocument } from '../fake/example-plan.ts';
import { setProgress } from '../fake/migrate-workflow.ts';
import { startFakeTemporal, type FakeTemporal } from '../fake/temporal.ts';

const ID = migrationId(examplePlan());

describe('daybreak start', () => {
  let temporal: FakeTemporal;
  let folder: string;
  let plan: string;
  beforeAll(async () => {
    temporal = await startFakeTemporal();
    folder = await mkdtemp(join(tmpdir(), 'daybreak-start-'));
    plan = join(folder, 'plan.yaml');
    await writeFile(plan, stringify(examplePlanDocument()));
  });
  afterEach(async () => {
    const runs = temporal.env.client.workflow.list({ query: `ExecutionStatus = 'Running'` });
    for await (const { workflowId } of runs) await temporal.env.client.workflow.getHandle(workflowId).terminate();
  });
  afterAll(async () => {
    await temporal.stop();
    await rm(folder, { recursive: true });
  });
  const start = async (...args: string[]): Promise<Ran> => await runCli(['start', ...args], temporal.variables);

  it('hands the plan to Temporal under the migration’s id and says what comes next', async () => {
    const { exitCode, stdout, stderr } = await start(plan, '--operator', 'carol');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const text = stdout.replaceAll(/\n +/g, ' ');
    expect(text).toContain(`✔ started ${ID}`);
    expect(text).toContain('The run goes on without this terminal; you may close it.');
    expect(text).toContain('anna, ben then read daybreak report and decide with daybreak approve --as NAME');
    expect(text).toContain('daybreak hold retry or daybreak hold undo');
    const handle = temporal.env.client.workflow.getHandle(ID);
    const description = await handle.describe();
    expect(description.type).toBe(MIGRATE_WORKFLOW);
    expect(await description.staticSummary()).toBe('mindmeasure-db → mindmeasure-aurora, dump');
    expect(await handle.query('progress')).toMatchObject({ operator: 'carol' });
    expect(await inputOf(temporal)).toMatchObject({ plan: examplePlan(), operator: 'carol', searchAttributes: true });
  });

  it('exits 3 the second time, and says what already runs and where it stands', async () => {
    await start(plan, '--operator', 'carol');
    const { exitCode, stdout, stderr } = await start(plan, '--operator', 'dave');
    expect(exitCode).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain('a migration of this database is already running');
    expect(stderr).toContain(ID);
    expect(stderr).toContain('found   running, started by carol at');
    expect(stderr).toMatch(/nothing changed$/);
  });

  it('starts again once the run before has ended', async () => {
    await start(plan);
    await temporal.env.client.workflow.getHandle(ID).signal(setProgress, { status: 'undone' });
    await expect(temporal.env.client.workflow.getHandle(ID).result()).rejects.toThrow('Workflow execution failed');
    expect((await start(plan)).exitCode).toBe(0);
  });

  it('exits 2 with every fault of a plan, before anything is asked of Temporal', async () => {
    const faulty = join(folder, 'faulty.yaml');
    await writeFile(
      faulty,
      stringify({ ...examplePlanDocument(), roles: [], soak: { duration: 'long' }, colour: 'red' }),
    );
    const { exitCode, stderr } = await runCli(['start', faulty], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('has 3 faults');
    for (const path of ['roles', 'soak.duration', 'colour']) expect(stderr).toMatch(new RegExp(`^${path} `, 'm'));
    expect(stderr).toContain('wanted  a duration such as');
    expect(stderr).toMatch(/nothing changed$/);
  });

  it('exits 2 for a plan whose only approver starts it, before anything is asked of Temporal', async () => {
    const alone = (cutover: object): string =>
      stringify({ ...examplePlanDocument(), cutover: { approvers: ['anna'], ...cutover } });
    const startAs = async (operator: string, text: string, server: Record<string, string>): Promise<Ran> =>
      await runCli(['start', '-', '--operator', operator], server, text);
    const { exitCode, stderr } = await startAs('anna', alone({}), { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(exitCode).toBe(2);
    const text = stderr.replaceAll(/\n +/g, ' ');
    expect(text).toMatch(/found +cutover\.approvers: anna, who also starts it; cutover\.separationOfDuties: true/);
    expect(text).toMatch(/remedy +name another person in cutover\.approvers/);
    expect(stderr).toMatch(/nothing changed$/);
    expect((await startAs('anna', alone({ separationOfDuties: false }), temporal.variables)).exitCode).toBe(0);
  });

  it('exits 2 for a plan that cannot be read', async () => {
    const { exitCode, stderr } = await start(join(folder, 'none.yaml'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('the plan cannot be read');
  });

  it('reads a plan from stdin', async () => {
    const text = stringify(examplePlanDocument());
    expect((await runCli(['start', '-', '--json'], temporal.variables, text)).exitCode).toBe(0);
  });

  it('prints one JSON document with the run’s ids', async () => {
    const { stdout } = await start(plan, '--json', '--operator', 'carol');
    const { runId } = await temporal.env.client.workflow.getHandle(ID).describe();
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, id: ID, run: runId, operator: 'carol' });
  });

  it('goes on watching with --watch, and exits with what came of the run', async () => {
    const started = startCli(['start', plan, '--watch'], temporal.variables);
    await untilSaid(started, '▶ running');
    await temporal.env.client.workflow.getHandle(ID).signal(setProgress, { status: 'refused' });
    const { exitCode, stdout, stderr } = await started;
    expect(stderr).toContain(`✔ started ${ID}`);
    expect(stdout).toContain('✖ refused: blockers, nothing was made');
    expect(exitCode).toBe(3);
  });

  it('does not take --detach and --watch together', async () => {
    const { exitCode, stderr } = await start(plan, '--detach', '--watch');
    expect(exitCode).toBe(2);
    expect(stderr).toContain("cannot be used with option '--watch'");
  });
});

describe('daybreak start and doctor on a bare server', () => {
  let temporal: FakeTemporal;
  beforeAll(async () => {
    temporal = await startFakeTemporal({ searchAttributes: false, worker: false });
  });
  afterAll(async () => await temporal.stop());

  it('start does without search attributes, and warns that no worker is up', async () => {
    const { exitCode, stderr } = await runCli(['start', '-'], temporal.variables, stringify(examplePlanDocument()));
    expect(exitCode).toBe(0);
    expect(stderr).toContain('! no worker is up: the run waits until one is (daybreak worker)');
    expect(stderr).toContain('! this namespace lacks MigrationPhase, MigrationStatus');
    expect(await inputOf(temporal)).toMatchObject({ searchAttributes: false });
  });

  it('doctor names what is missing and the commands that mend it, and exits 7 without a worker', async () => {
    const { exitCode, stdout } = await runCli(['doctor'], { ...temporal.variables, PATH: '/nowhere' });
    const text = stdout.replaceAll(/\n +/g, ' ');
    expect(text).toContain('✔ ok: Temporal');
    expect(text).toContain(
      'temporal operator search-attribute create --namespace default --name MigrationPhase --type Keyword',
    );
    expect(text).toMatch(/✖ missing: workers on daybreak found +none remedy +daybreak worker/);
    expect(text).toContain('! warning: pg_dump');
    expect(exitCode).toBe(7);
  });
});

/** What the workflow was started with, as it stands in the history. */
async function inputOf(temporal: FakeTemporal): Promise<unknown> {
  const { events } = await temporal.env.client.workflow.getHandle(ID).fetchHistory();
  const data = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
  return JSON.parse(new TextDecoder().decode(data ?? new Uint8Array()));
}
