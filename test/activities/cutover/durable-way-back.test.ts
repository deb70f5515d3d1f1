import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HandOver, Login } from '../../../activities/contract.ts';
import { previewRollback } from '../../../activities/cutover/preview-rollback.ts';
import { rollBack } from '../../../activities/cutover/roll-back.ts';
import { dropReplication } from '../../../activities/replication/drop-replication.ts';
import { tryWayBack } from '../../../activities/replication/try-way-back.ts';
import { trackedVerdict } from '../../../activities/verification/live/tracked-verdict.ts';
import { replicationNames } from '../../../model/names.ts';
import { until } from '../../until.ts';
import { lost } from './attempts.ts';
import { copyLedger, handOverBehindFence } from './copy-ledger.ts';
import { openStage, type Stage } from './stage.ts';
import { startWriters } from './writers.ts';

/** On 15 nothing but the publications keeps a row from going round. */
let stage: Stage;
beforeAll(async () => {
  stage = await openStage('15');
});
afterEach(async () => {
  await dropReplication(stage.pair.clients, sides());
  await stage.reset();
});
afterAll(() => stage.stop());

const sides = () => {
  const { migration, source, target } = stage.handOver('a');
  return { migration, source, target };
};
const withWayBack = (name: string): HandOver => stage.handOver(name, { feedsBack: true });
const cutOver = (token: number, change: Parameters<Stage['order']>[2] = {}) =>
  handOverBehindFence(stage.order(withWayBack('a'), token, change), copyLedger);
const back = (token: number) => stage.order(withWayBack('r'), token, { direction: 'target-to-source' });
const onSource = async (id: string): Promise<void> => {
  await until(`${id} arrives on the source`, async () => (await lost(stage, 'source', [id])).length === 0);
};

describe('a way back that is made behind a durable fence', () => {
  test('brings every write of the target, and going back by it loses none', async () => {
    const writers = startWriters(stage);
    await writers.progress();
    const facts = await cutOver(10);
    expect(facts.completedAfter).toBeUndefined();
    expect(facts.steps.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['arm the way back', 'see the way back']),
    );
    await writers.progress();
    await stage.ask('target', `INSERT INTO ledger VALUES ('after', 1); UPDATE ledger SET n = 2 WHERE id = 'after'`);
    await onSource('after');
    const { clients } = stage.pair;
    expect(await previewRollback(clients, { ...sides(), plan: stage.plan, feedsBack: true })).toMatchObject({
      lost: false,
      writesLost: 0,
      troubles: [],
    });
    // What changed since the opening is all that has to be compared.
    const verdict = await trackedVerdict(clients, sides(), new AbortController().signal);
    expect(verdict).toMatchObject({ differences: 0 });
    const returned = await rollBack(back(20), false);
    expect(returned).toMatchObject({ direction: 'target-to-source', writesLost: 0 });
    await writers.progress();
    expect(await lost(stage, 'source', [...(await writers.stop()), 'after'])).toEqual([]);
    expect(await readFile(stage.envFile, 'utf8')).toContain(`DB_PORT=${stage.pair.source.port}`);
    await expect(stage.ask('target', 'DELETE FROM ledger')).rejects.toThrow('was migrated');
  });

  test('is opened with the target by whoever completes a cutover that broke after its commit', async () => {
    const onStep = (name: string): void => {
      if (name === 'open') throw new Error('the worker died');
    };
    expect(await cutOver(10, { onStep })).toMatchObject({ completedAfter: 'the worker died' });
    await stage.ask('target', `INSERT INTO ledger VALUES ('after', 1)`);
    await onSource('after');
  });

  test('leaves nothing behind where the cutover was given back', async () => {
    const before = [await stage.world('source'), await stage.world('target')];
    const onStep = (name: string): void => {
      if (name === 'switch') throw new Error('the worker died');
    };
    await expect(cutOver(10, { onStep })).rejects.toThrow('the worker died');
    await stage.ask('source', `INSERT INTO ledger VALUES ('stays', 1)`);
    expect(await dropReplication(stage.pair.clients, sides())).toBe('undone');
    expect(await stage.world('source')).toEqual(before[0]);
    const left = 'SELECT subname AS name FROM pg_subscription UNION ALL SELECT slot_name FROM pg_replication_slots';
    expect([...(await stage.ask('source', left)), ...(await stage.ask('target', left))]).toEqual([]);
  });

  test('that cannot be made gives the writes back, for the cutover was approved with it', async () => {
    await stage.ask('source', 'ALTER TABLE "Mixed Case" DROP CONSTRAINT "Mixed Case_pkey"');
    await stage.ask('target', 'ALTER TABLE "Mixed Case" DROP CONSTRAINT "Mixed Case_pkey"');
    await expect(cutOver(10)).rejects.toMatchObject({
      type: 'WritesGivenBack',
      message: expect.stringMatching(/Mixed/),
    });
    await stage.ask('source', `INSERT INTO ledger VALUES ('stays', 1)`);
  });

  test('that was lost leaves the one that accepts the loss', async () => {
    await cutOver(10);
    const { reverse } = replicationNames(sides().migration);
    await stage.ask('source', `ALTER SUBSCRIPTION ${reverse} DISABLE`);
    await stage.ask('target', `INSERT INTO ledger VALUES ('after', 1)`);
    expect(await rollBack(back(20), true)).toMatchObject({ writesLost: 1 });
  });
});

describe('tried before the gate', () => {
  test('it is found good, and nothing is left of the try', async () => {
    const before = [await stage.world('source'), await stage.world('target')];
    expect(await tryWayBack(stage.pair.clients, sides())).toEqual({ obstacle: null });
    expect([await stage.world('source'), await stage.world('target')]).toEqual(before);
    expect(await stage.ask('source', 'SELECT FROM pg_subscription')).toEqual([]);
  });

  test('a source that cannot reach the target, or a table whose rows cannot be told apart, is named', async () => {
    const { clients, target } = stage.pair;
    // We reach it, by another way.
    const astray = { ...clients, openSession: reaching(target) };
    const { obstacle } = await tryWayBack(astray, { ...sides(), target: { ...target, port: 1 } });
    expect(obstacle).toContain('the source cannot follow the target');
    expect(await stage.ask('target', `SELECT FROM pg_roles WHERE rolname ~ '^daybreak'`)).toEqual([]);
    await stage.ask('source', 'ALTER TABLE "Mixed Case" DROP CONSTRAINT "Mixed Case_pkey"');
    expect((await tryWayBack(clients, sides())).obstacle).toContain('"Mixed Case" have no primary key');
  });
});

const reaching =
  ({ port }: Login): Stage['pair']['clients']['openSession'] =>
  (login, options) =>
    stage.pair.clients.openSession(login.port === 1 ? { ...login, port } : login, options);
