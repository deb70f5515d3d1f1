import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { approveCutover, rejectCutover, rollback } from '../../workflows/messages.ts';
import { openCrashStage, type CrashStage } from './crash-stage.ts';
import { until } from '../until.ts';

const ROWS = 20_000;

/** A wait of many seconds is looked at less often: each look is a query, which the worker has to answer. */
const RARELY = { lookMs: 250 };

/** The first two leave the world as they found it and the last one ends with the target, so they follow each other on one stage. */
let opening: Promise<CrashStage> | null = null;
let s: CrashStage;
async function open(): Promise<CrashStage> {
  const opened = await openCrashStage({ stagedUrl: null, envKey: 'DB_PORT', rows: ROWS });
  await opened.startWorkers();
  return opened;
}
async function leave(): Promise<void> {
  const left = opening;
  opening = null;
  await (await left)?.stop();
}
beforeEach(async () => {
  s = await (opening ??= open());
}, 300_000);
/** What a failed test left unfinished is no ground for another one, nor for its own second try. */
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await leave();
});
afterAll(leave);

const COUNT = 'SELECT count(*)::int AS rows FROM visits';
const CUSTODY = 'SELECT state FROM daybreak.custody';
const custodyOf = async (at: CrashStage): Promise<string | undefined> => {
  const [row] = await at.askSource<{ state: string }>(CUSTODY).catch(() => []);
  return row?.state;
};

/** Until it is dropped, the target takes no writes: its opening fails. */
const STUMBLE = `
  CREATE FUNCTION daybreak.stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
  CREATE TRIGGER stumble BEFORE UPDATE ON daybreak.custody
    FOR EACH ROW WHEN (NEW.state = 'taken') EXECUTE FUNCTION daybreak.stumble()`;

test(
  'a run that was terminated keeps its claim until rescue releases it; then another one begins with what it had made',
  { timeout: 300_000 },
  async () => {
    const plan = join(s.envFile, '../plan.yaml');
    await s.start();
    await until('the gate', async () => (await s.progress())?.gate, RARELY);
    await (await s.handle()).terminate('by somebody in a hurry');

    await s.start();
    const refused: unknown = await (await s.handle()).result().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      cause: {
        details: [{ findings: expect.arrayContaining([expect.objectContaining({ check: 'custody-held' })]) as object }],
      },
    });
    const look = await s.daybreak('rescue', plan, '--release', '--look');
    expect(look).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('will drop schema daybreak') });
    expect(await custodyOf(s), 'a look changes nothing').toBe('open');
    const released = await s.daybreak('rescue', plan, '--release', '--yes');
    expect(released).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('the claim is released') });
    await expect(s.askTarget(CUSTODY)).rejects.toThrow('does not exist');

    await s.start();
    const gate = await until('the gate of the run after it', async () => (await s.progress())?.gate, RARELY);
    await s.send(rejectCutover.update, { digest: gate.digest, approver: 'lead' });
    await expect((await s.handle()).result()).rejects.toMatchObject({ cause: { type: 'MigrationEnded' } });
    expect(await custodyOf(s)).toBeUndefined();
  },
);

test(
  'with Temporal and all workers dead inside the fence, rescue gives writes back; the run then ends as given back',
  { timeout: 300_000 },
  async () => {
    const file = await readFile(s.envFile, 'utf8');
    await s.start();
    const gate = await until('the gate', async () => (await s.progress())?.gate, RARELY);
    const approval = { digest: gate.digest, approver: 'lead' };
    await s.send(approveCutover.update, approval);
    await until('the fence', async () => (await custodyOf(s)) === 'fenced');
    s.killWorkers();
    await s.killTemporal();
    await expect(s.askSource('INSERT INTO visits (note) VALUES (1)', 'app')).rejects.toThrow(
      /not permitted to log in|permission denied/,
    );

    const look = await s.daybreak('rescue', join(s.envFile, '../plan.yaml'), '--look');
    expect(look).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('source clinic-db: fenced') });
    expect((await s.daybreak('rescue', join(s.envFile, '../plan.yaml'))).exitCode).toBe(2);
    const rescued = await s.daybreak('rescue', join(s.envFile, '../plan.yaml'), '--yes');
    expect(rescued).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('takes writes again') });
    await s.askSource('INSERT INTO visits (note) VALUES (1)', 'app');
    expect(await readFile(s.envFile, 'utf8')).toBe(file);
    const again = await s.daybreak('rescue', join(s.envFile, '../plan.yaml'), '--yes');
    expect(again.stdout).toContain('nothing to rescue: the source takes writes');

    await s.restartTemporal();
    await s.startWorkers();
    await expect((await s.handle()).result()).rejects.toMatchObject({ cause: { type: 'MigrationEnded' } });
    expect(await custodyOf(s)).toBeUndefined();
  },
);

test(
  'with the commit done, the target not open and Temporal dead, rescue opens the target; the run then goes on into its soak, and back without a loss',
  { timeout: 300_000 },
  async () => {
    const plan = join(s.envFile, '../plan.yaml');
    const [source] = await s.askSource<{ rows: number }>(COUNT);
    await s.start();
    const gate = await until('the gate', async () => (await s.progress())?.gate, RARELY);
    await s.askTarget(STUMBLE);
    await s.send(approveCutover.update, { digest: gate.digest, approver: 'lead' });
    await until('the commit', async () => (await custodyOf(s)) === 'given');
    s.killWorkers();
    await s.killTemporal();
    expect(await s.askTarget(CUSTODY)).toEqual([{ state: 'closed' }]);
    const write = 'INSERT INTO visits (note) VALUES (1)';
    await expect(s.askSource(write, 'app')).rejects.toThrow(/not permitted to log in|permission denied/);
    await expect(s.askTarget(write, 'app')).rejects.toThrow(/not permitted to log in|permission denied/);
    await s.askTarget('DROP FUNCTION daybreak.stumble() CASCADE');

    const look = await s.daybreak('rescue', plan, '--look');
    expect(look).toMatchObject({ exitCode: 0, stderr: '' });
    expect(look.stdout).toContain('source clinic-db: given (has given its writes away)');
    expect(look.stdout).toContain('target clinic-aurora: closed (never took writes)');
    expect(look.stdout).toContain('the source clinic-db has committed: will open the target clinic-aurora');
    expect(await s.askTarget(CUSTODY), 'a look changes nothing').toEqual([{ state: 'closed' }]);
    const rescued = await s.daybreak('rescue', plan, '--yes');
    expect(rescued).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('the target clinic-aurora takes writes'),
    });
    await s.askTarget(write, 'app');
    await expect(s.askSource(write, 'app')).rejects.toThrow(/not permitted to log in|permission denied/);
    expect((await s.daybreak('rescue', plan, '--yes')).stdout).toContain('nothing to rescue: the target takes writes');

    await s.restartTemporal();
    await s.startWorkers();
    await until('the soak, or the gate after it', async () => {
      const progress = await s.progress();
      return progress?.status === 'soaking' || progress?.gate?.name === 'decommission';
    });
    expect(await s.askTarget(COUNT, 'app'), 'what the source had, and the write after it').toEqual([
      { rows: (source?.rows ?? 0) + 1 },
    ]);

    expect(await s.send(rollback.update, { actor: 'operator' })).toEqual({ accepted: true });
    await expect((await s.handle()).result()).rejects.toMatchObject({
      cause: { details: [{ status: 'rolled-back' }] },
    });
    await s.askSource(write, 'app');
    expect(await s.askSource(COUNT), 'the write on the target came along').toEqual([{ rows: (source?.rows ?? 0) + 2 }]);
  },
);
