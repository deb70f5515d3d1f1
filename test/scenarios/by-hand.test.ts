import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import type { Progress } from '../../model/progress.ts';
import { approveCutover } from '../../workflows/messages.ts';
import { openCrashStage, type CrashStage } from './crash-stage.ts';
import { until } from '../until.ts';

/** What anybody who reaches Temporal can do to the activity inside the fence. */
type Meddling = (handle: WorkflowHandle, activityId: string) => Promise<unknown>;

const MEDDLING: Record<string, Meddling> = {
  'reported as done': ({ client, workflowId }, activityId) =>
    client.connection.workflowService.respondActivityTaskCompletedById({
      namespace: 'default',
      workflowId,
      activityId,
    }),
  paused: ({ client, workflowId }, id) =>
    client.connection.workflowService.pauseActivity({ namespace: 'default', execution: { workflowId }, id }),
  reset: ({ client, workflowId }, id) =>
    client.connection.workflowService.resetActivity({ namespace: 'default', execution: { workflowId }, id }),
};

let stage: CrashStage;
beforeAll(async () => {
  stage = await openCrashStage({ stagedUrl: null, envKey: 'DB_PORT', rows: 200_000 });
  await stage.startWorkers();
}, 120_000);
afterAll(() => stage.stop());

const custody = async (): Promise<string | undefined> => {
  const rows = await stage.askSource<{ state: string }>('SELECT state FROM daybreak.custody').catch(() => []);
  return rows[0]?.state;
};

async function cutOverActivity(handle: WorkflowHandle): Promise<string | null> {
  const { raw } = await handle.describe();
  const pending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'cutOver');
  return pending?.activityId ?? null;
}

test.each(Object.entries(MEDDLING))(
  'the activity inside the fence is %s by hand: the source has its writes back, and the run says so',
  { timeout: 300_000 },
  async (_, meddle) => {
    await stage.start();
    const gate = await until('the gate', async () => (await stage.progress())?.gate, { lookMs: 250 });
    await stage.send(approveCutover.update, { digest: gate.digest, approver: 'lead' });
    await until('the fence', async () => (await custody()) === 'fenced');
    const handle = await stage.handle();
    await meddle(handle, (await cutOverActivity(handle)) ?? '');
    const ended: unknown = await handle.result().catch((error: unknown) => error);
    expect(ended).toMatchObject({ cause: { type: 'MigrationEnded' } });
    const [progress] = (ended as { cause: { details: [Progress] } }).cause.details;
    expect(progress.status).toBe('given-back');
    await stage.askSource('INSERT INTO visits (note) VALUES (1)', 'app');
    expect(await custody(), 'nothing of ours is left on the source').toBeUndefined();
  },
);
