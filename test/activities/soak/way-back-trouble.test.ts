import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { wayBackTrouble } from '../../../activities/soak/way-back-trouble.ts';
import { replicationNames } from '../../../model/names.ts';
import { openFollowingStage } from '../cutover/following-stage.ts';
import { MIGRATION, type Stage } from '../cutover/stage.ts';
import { until } from '../../until.ts';

const { reverse } = replicationNames(MIGRATION);

let stage: Stage;
beforeAll(async () => {
  stage = await openFollowingStage('17');
});
afterEach(() => stage.reset());
afterAll(() => stage.stop());

const trouble = async (): Promise<string[]> => {
  const { clients, source, target } = stage.pair;
  const found = await wayBackTrouble(clients, { migration: MIGRATION, source, target });
  return found.map(({ words, lost }) => `${lost ? 'LOST: ' : ''}${words}`);
};
const slotIsRead = async (): Promise<boolean> => {
  const [slot] = await stage.ask<{ active: boolean }>(
    'target',
    `SELECT active FROM pg_replication_slots WHERE slot_name = '${reverse}'`,
  );
  return slot?.active === true;
};

test('a way back that lives is no trouble', async () => {
  await until('the source reads the reverse feed', slotIsRead);
  expect(await trouble()).toEqual([]);
});

test('a schema that was changed on one side is told, with the table', async () => {
  await stage.ask('target', 'ALTER TABLE ledger ADD COLUMN note text');
  expect(await trouble()).toContainEqual(
    'LOST: the way back is lost with the next write to them: the schema of public.ledger differs between both sides',
  );
});

test('a source that does not follow any more is told', async () => {
  await stage.ask('source', `ALTER SUBSCRIPTION ${reverse} DISABLE`);
  await until('nobody reads the reverse feed', async () => !(await slotIsRead()));
  expect(await trouble()).toEqual([
    "the source does not follow: nobody reads the reverse feed, and the target keeps its log; the source's log says why",
  ]);
});

test('a slot that is gone is told as what it is: the way back is lost', async () => {
  await stage.ask('source', `ALTER SUBSCRIPTION ${reverse} DISABLE`);
  await until('nobody reads the reverse feed', async () => !(await slotIsRead()));
  await stage.ask('target', `SELECT pg_drop_replication_slot('${reverse}')`);
  expect(await trouble()).toEqual(['LOST: the way back is lost: the slot of the reverse feed is gone']);
});
