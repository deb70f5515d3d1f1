import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import type { Progress } from '../../model/progress.ts';
import type { SectionName } from '../../model/phase.ts';
import { approveCutover, approveDecommission, hold } from '../../workflows/messages.ts';
import { openCrashStage, type CrashStage } from './crash-stage.ts';
import { until } from '../until.ts';

let stage: CrashStage | null = null;
afterEach(async () => {
  await stage?.stop();
  stage = null;
});

/** A wait of many seconds is looked at less often: each look is a query, which the worker has to answer. */
const RARELY = { lookMs: 250 };

const runningStep = (progress: Progress | null, section: SectionName, step: string): boolean =>
  progress?.sections.find(({ name }) => name === section)?.steps.find(({ name }) => name === step)?.status ===
  'running';

test(
  'workers killed in every phase, Temporal and the cloud killed too: the migration completes',
  { timeout: 400_000 },
  async () => {
    const application = await listen({ status: 'degraded' });
    // The key is missing at first, so that staging the switch holds the run in the application phase.
    stage = await openCrashStage({ stagedUrl: application.url, envKey: 'ANOTHER_KEY', rows: 20_000 });
    const s = stage;
    const restart = async (): Promise<void> => {
      s.killWorkers();
      await s.startWorkers();
    };
    const reaches = (section: SectionName, step: string): Promise<boolean> =>
      until(`step ${step}`, async () => runningStep(await s.progress(), section, step));
    const gate = (name: string): Promise<Progress['gate'] & object> =>
      until(
        `gate ${name}`,
        async () => {
          const open = (await s.progress())?.gate;
          return open?.name === name && open.decision === null ? open : null;
        },
        RARELY,
      );
    await s.startWorkers();
    await s.start();

    await reaches('setup', 'awaitCluster');
    await restart();

    await reaches('data', 'awaitSnapshot');
    await s.cloud.kill();
    s.killWorkers();
    await s.restartCloud();
    await s.startWorkers();

    await until('the hold in the application phase', async () => (await s.progress())?.held, RARELY);
    await restart();
    await writeFile(s.envFile, `DB_PORT=${s.sourcePort}\n`);
    await s.send(hold.update, { actor: 'operator', answer: 'retry' });

    await reaches('verification', 'checkHealth');
    s.killWorkers();
    application.answer.status = 'healthy';
    await s.startWorkers();

    const cutover = await gate('cutover');
    s.killWorkers();
    await s.killTemporal();
    await s.restartTemporal();
    await s.startWorkers();
    // The digest read before the crash is still the one that is approved.
    const approval = { digest: cutover.digest, approver: 'lead' };
    expect(await s.send(approveCutover.update, approval)).toEqual({
      accepted: true,
    });

    const decommission = await gate('decommission');
    await restart();
    const ending = { digest: decommission.digest, approver: 'lead' };
    await s.send(approveDecommission.update, ending);
    const outcome = (await (await s.handle()).result()) as Progress;
    expect(outcome).toMatchObject({ status: 'done', handOvers: [{ rowsVerified: 20_000, writesLost: 0 }] });
    await expect(s.askSource('DELETE FROM visits')).rejects.toThrow(/migrated/);
    application.server.close();
  },
);

async function listen(answer: {
  status: string;
}): Promise<{ url: string; answer: { status: string }; server: Server }> {
  const server = createServer((_, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, answer, server };
}
