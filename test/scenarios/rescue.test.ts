import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { approveCutover } from '../../workflows/messages.ts';
import { openCrashStage, type CrashStage } from './crash-stage.ts';
import { until } from '../until.ts';

let stage: CrashStage | null = null;
afterEach(async () => {
  await stage?.stop();
  stage = null;
});

const custodyOf = async (s: CrashStage): Promise<string | undefined> => {
  const [row] = await s.askSource<{ state: string }>('SELECT state FROM daybreak.custody').catch(() => []);
  return row?.state;
};

test(
  'with Temporal and all workers dead inside the fence, rescue gives writes back; the run then ends as given back',
  { timeout: 300_000 },
  async () => {
    stage = await openCrashStage({ stagedUrl: null, envKey: 'DB_PORT', rows: 20_000 });
    const s = stage;
    const file = await readFile(s.envFile, 'utf8');
    await s.startWorkers();
    await s.start();
    const gate = await until('the gate', async () => (await s.progress())?.gate);
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
