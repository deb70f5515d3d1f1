import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPayloadConverter } from '@temporalio/common';
import { failure } from '../../activities/failure.ts';
import { approveCutover, hold, rollback } from '../../workflows/messages.ts';
import { startRun, type Run } from './run.ts';
import { CUTOVER, samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

interface Metadata {
  readonly currentDetails: string;
  readonly definition: {
    readonly signalDefinitions: readonly { readonly name: string; readonly description: string }[];
    readonly updateDefinitions: readonly { readonly name: string; readonly description: string }[];
  };
}
const metadataOf = ({ handle }: Run): Promise<Metadata> => handle.query<Metadata>('__temporal_workflow_metadata');

/** The summaries of activities and timers, as the timeline shows them. */
async function summariesOf({ handle }: Run): Promise<{ readonly activities: string[]; readonly timers: string[] }> {
  const { events } = await handle.fetchHistory();
  const summaries = (has: 'activityTaskScheduledEventAttributes' | 'timerStartedEventAttributes'): string[] =>
    (events ?? [])
      .filter((event) => event[has] !== null && event[has] !== undefined)
      .map(({ userMetadata }) =>
        userMetadata?.summary == null ? '' : defaultPayloadConverter.fromPayload<string>(userMetadata.summary),
      );
  return {
    activities: summaries('activityTaskScheduledEventAttributes'),
    timers: summaries('timerStartedEventAttributes'),
  };
}

describe('the current details', () => {
  it('show all phases as a table and, at a gate, the signal and its complete input, which works as it stands', async () => {
    bench.freshWorld();
    const run = await startRun(bench, samplePlan({ cutover: { ...CUTOVER, approvers: ['olga', 'ada'] } }));
    const { digest } = await run.gate();
    const { currentDetails } = await metadataOf(run);
    expect(currentDetails).toContain('**waiting-for-approval**: mindmeasure → mindmeasure-aurora');
    expect(currentDetails).toMatch(/\| setup \| done \| \d{4}-.*Z \| \d{4}-.*Z \|/);
    expect(currentDetails).toContain('| soak | pending |');
    expect(currentDetails).toContain('signal or update `approveCutover`');
    expect(currentDetails).toContain('Approver names are claims');
    const [, json = ''] = /```json\n([^`]*)\n```/.exec(currentDetails) ?? [];
    // The operator may not approve, so the example is in the name of one who may.
    expect(JSON.parse(json)).toEqual({ digest, approver: 'ada', comment: '' });
    await run.handle.signal(approveCutover.signal, JSON.parse(json) as { digest: string; approver: string });
    expect((await run.finish()).progress.status).toBe('done');
    expect((await metadataOf(run)).currentDetails).not.toContain('Gate:');
  });

  it('show until when the way back is open, at once when it is lost, and after going back what to send', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, samplePlan({ strategy: 'blue-green' }));
    await run.approve();
    const { wayBack } = await run.until('the soak', (p) => p.waitingFor?.what === 'the end of the soak');
    const shown = async (): Promise<string> => (await metadataOf(run)).currentDetails;
    expect(await shown()).toContain(
      `> **The way back is open until ${wayBack?.until}.** It loses nothing. Code may be deployed meanwhile; the schema of mindmeasure-aurora must not change.`,
    );
    world.wayBackTrouble = 'the slot is gone';
    await bench.env.sleep('11m');
    await run.until('the trouble', (p) => p.wayBack?.trouble !== null);
    expect(await shown()).toContain('> **The way back is not safe:** the slot is gone.');
    expect(await shown()).not.toContain('is open until');
    world.wayBackTrouble = null;
    await run.send(rollback, { actor: 'olga' });
    await run.until('it to wait', (p) => p.status === 'returned' && p.waitingFor !== null);
    expect(await shown()).toMatch(/another cutover, send the signal or update `resume`; to undo everything `rollback`/);
    await run.send(rollback, { actor: 'olga' });
    await run.end();
  });

  it('show what a held step failed with and how to answer it', async () => {
    const world = bench.freshWorld();
    const strike = (): never => {
      throw failure('DatabaseRefused', 'role app may not do that');
    };
    world.faults.set('carryRoles', { when: 'before', times: 1, strike });
    const run = await startRun(bench);
    await run.until('the hold', (p) => p.status === 'held');
    const { currentDetails } = await metadataOf(run);
    expect(currentDetails).toContain('### Held at carry roles and grants over: DatabaseRefused');
    expect(currentDetails).toContain('one of retry, undo');
    await run.send(hold, { actor: 'olga', answer: 'undo' });
    await run.end();
  });

  it('are reachable from forms: every signal and update says what it does and wants', async () => {
    bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    const { definition } = await metadataOf(run);
    const names = [
      'approveCutover',
      'approveDecommission',
      'approveSourceReboot',
      'endSoak',
      'extendSoak',
      'hold',
      'pause',
      'rejectCutover',
      'rejectDecommission',
      'rejectSourceReboot',
      'resume',
      'rollback',
    ];
    expect(definition.signalDefinitions.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    // A question has an answer, which a signal could not give.
    expect(definition.updateDefinitions.map(({ name }) => name).toSorted()).toEqual(
      [...names, 'previewRollback'].toSorted(),
    );
    for (const { description } of definition.signalDefinitions) expect(description).toContain('Input:');
    await run.reject();
    await run.end();
  });
});

describe('the timeline', () => {
  it('has words on every activity and every timer', async () => {
    bench.freshWorld();
    const run = await startRun(bench);
    await run.approve();
    await run.finish();
    const { activities, timers } = await summariesOf(run);
    expect(activities).toContain('make Aurora cluster mindmeasure-aurora');
    expect(activities).toContain('move the writes from mindmeasure to mindmeasure-aurora');
    expect(timers).toContain('the end of the soak');
    expect([...activities, ...timers].filter((summary) => summary === '')).toEqual([]);
  });
});

describe('search attributes', () => {
  it('follow phase and status where the namespace has them', async () => {
    bench.freshWorld();
    const run = await startRun(bench, samplePlan(), { searchAttributes: true });
    await run.gate();
    const { searchAttributes } = await run.handle.describe();
    expect(searchAttributes).toMatchObject({
      MigrationPhase: ['approval'],
      MigrationStatus: ['waiting-for-approval'],
      MigrationStrategy: ['dump'],
      SourceInstance: ['mindmeasure'],
      TargetCluster: ['mindmeasure-aurora'],
    });
    await run.reject();
    await run.end();
  });

  it('are never touched where it has not', async () => {
    bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    await run.reject();
    await run.end();
    const { events } = await run.handle.fetchHistory();
    expect((events ?? []).filter((event) => event.upsertWorkflowSearchAttributesEventAttributes != null)).toEqual([]);
  });
});
