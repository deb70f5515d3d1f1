import { failure } from '../../activities/failure.ts';
import { hold, rollback } from '../../workflows/messages.ts';
import type { World } from '../workflows/fake-world.ts';
import { startRun, type Run } from '../workflows/run.ts';
import { samplePlan } from '../workflows/sample-plan.ts';
import type { Bench } from '../workflows/time-skipping.ts';

const strike = (): never => {
  throw failure('DatabaseRefused', 'the recorder made this step fail');
};

/** One migration of strategy `dump` to each ending, with a detour or two on the way, so that recorded histories hold every branch. */
export const ENDINGS: Record<string, (bench: Bench, world: World) => Promise<Run>> = {
  async done(bench, world) {
    world.faults.set('analyzeTarget', { when: 'before', times: 1, strike });
    const run = await startRun(bench, samplePlan(), { searchAttributes: true });
    await run.until('the hold', (p) => p.status === 'held');
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    await run.gate();
    await bench.env.sleep('5h');
    await run.gate('cutover', 2);
    await run.approve();
    await run.finish();
    return run;
  },
  async rejected(bench) {
    const run = await startRun(bench);
    await run.approve('mallory');
    await run.reject();
    await run.end();
    return run;
  },
  async cancelled(bench) {
    const run = await startRun(bench);
    await run.gate();
    await run.handle.cancel();
    await run.end();
    return run;
  },
  async undone(bench, world) {
    world.faults.set('copyDatabase', { when: 'after', times: 1, strike });
    const run = await startRun(bench, samplePlan({ onFailure: 'undo' }));
    await run.end();
    return run;
  },
  async abandoned(bench) {
    const run = await startRun(bench, samplePlan({ abandonAfter: '1d' }));
    await run.end();
    return run;
  },
  async refused(bench, world) {
    world.findings = [{ level: 'blocker', check: 'role-missing', message: 'role app is missing: create it' }];
    const run = await startRun(bench);
    await run.end();
    return run;
  },
  async 'given-back'(bench, world) {
    world.faults.set('cutOver', { when: 'inside', times: 1, strike });
    const run = await startRun(bench);
    await run.approve();
    await run.end();
    return run;
  },
  async 'rolled-back'(bench, world) {
    world.writesAtRisk = 17;
    const run = await startRun(bench);
    await run.approve();
    await run.until('the soak', (p) => p.waitingFor?.what === 'the end of the soak');
    await run.send(rollback, { actor: 'olga' });
    await run.send(rollback, { actor: 'olga', acceptLoss: true });
    await run.end();
    return run;
  },
};
