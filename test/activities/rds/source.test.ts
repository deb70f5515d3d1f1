import {
  AddTagsToResourceCommand,
  CreateDBSnapshotCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  RemoveTagsFromResourceCommand,
  StartDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MIGRATION_TAG, ROLE_TAG } from '../../../model/names.ts';
import { attempt, openCloudStage, ownerOf, planOf, settle, SOURCE, statusOf, type CloudStage } from './cloud-stage.ts';
import { until } from '../../until.ts';

let stage: CloudStage;

beforeAll(async () => {
  stage = await openCloudStage();
});
afterAll(async () => await stage.stop());
afterEach(async () => await stage.cloud.fault({ clear: true }));

const owner = (cleanup: object = {}) => ownerOf(planOf(stage, { cleanup }));
const snapshotOrder = (snapshot: string) => ({ ...owner(), snapshot, purpose: 'safety' as const });
const available = async (): Promise<boolean> =>
  await until('the source is available', async () => (await statusOf(stage.rds, SOURCE)) === 'available');

describe('a snapshot of the source', () => {
  test('is taken once, tagged with migration and purpose, and awaited', async () => {
    await stage.cloud.fault({ on: 'CreateDBSnapshot', do: { reset: 'after' } });
    await settle(stage.activities.ensureSnapshot, snapshotOrder('before-1'));
    await settle(stage.activities.awaitSnapshot, { ...owner(), snapshot: 'before-1' });
    await settle(stage.activities.ensureSnapshot, snapshotOrder('before-1'));
    expect(await stage.world()).toMatchObject({
      snapshots: [
        [
          'before-1',
          'available',
          [
            { Key: MIGRATION_TAG, Value: owner().migration },
            { Key: 'daybreak:purpose', Value: 'safety' },
          ],
        ],
      ],
    });
    await available();
  });

  test('under way says how far it is', async () => {
    await stage.cloud.fault({ hold: 'snapshot.create' });
    await settle(stage.activities.ensureSnapshot, snapshotOrder('before-2'));
    expect(await attempt(stage.activities.awaitSnapshot, { ...owner(), snapshot: 'before-2' })).toMatchObject({
      type: 'ResourceNotReady',
      message: expect.stringMatching(/^snapshot before-2 is creating, \d+ % done$/),
    });
    await stage.cloud.fault({ clear: true });
    await settle(stage.activities.awaitSnapshot, { ...owner(), snapshot: 'before-2' });
    await available();
  });

  test('taken behind a fence is deleted once it stands, whatever answer is lost; the safety snapshot never', async () => {
    const order = { ...owner(), snapshot: 'fenced-1' };
    await stage.cloud.fault({ hold: 'snapshot.create' });
    await settle(stage.activities.ensureSnapshot, { ...order, purpose: 'cutover' as const });
    expect(await attempt(stage.activities.deleteSnapshot, order)).toMatchObject({
      type: 'ResourceNotReady',
      message: 'snapshot fenced-1 is creating, and deleted then',
    });
    await stage.cloud.fault({ clear: true });
    await stage.cloud.fault({ on: 'DeleteDBSnapshot', do: { reset: 'after' } });
    expect(await settle(stage.activities.deleteSnapshot, order)).toBe('undone');
    expect(await settle(stage.activities.deleteSnapshot, order)).toBe('absent');
    await settle(stage.activities.ensureSnapshot, snapshotOrder('before-1'));
    expect(await attempt(stage.activities.deleteSnapshot, { ...owner(), snapshot: 'before-1' })).toMatchObject({
      type: 'ResourceNotOurs',
      message: expect.stringContaining('has purpose safety; wanted cutover: nothing was deleted'),
    });
    await available();
  });

  test('that fails ends the wait', async () => {
    await stage.cloud.fault({ fail: 'snapshot.create', status: 'failed' });
    await settle(stage.activities.ensureSnapshot, snapshotOrder('before-3'));
    await expect(settle(stage.activities.awaitSnapshot, { ...owner(), snapshot: 'before-3' })).rejects.toMatchObject({
      type: 'ResourceFailed',
    });
    await available();
  });

  test('of that name that somebody else took is not taken for ours', async () => {
    await stage.rds.send(new CreateDBSnapshotCommand({ DBSnapshotIdentifier: 'theirs', DBInstanceIdentifier: SOURCE }));
    await expect(settle(stage.activities.ensureSnapshot, snapshotOrder('theirs'))).rejects.toMatchObject({
      type: 'ResourceNotOurs',
    });
    await available();
  });

  test('cannot be taken of an instance that does not exist', async () => {
    const elsewhere = ownerOf(planOf(stage, { source: { instance: 'no-such-db' } }));
    const order = { ...elsewhere, snapshot: 'before-4', purpose: 'safety' as const };
    await expect(settle(stage.activities.ensureSnapshot, order)).rejects.toMatchObject({ type: 'ResourceFailed' });
  });
});

describe('the source', () => {
  const retire = async (cleanup: object, finalSnapshot: string | null = null): Promise<void> => {
    await settle(stage.activities.retireSource, { ...owner(cleanup), finalSnapshot });
    await settle(stage.activities.awaitSourceRetired, owner(cleanup));
  };
  const arn = async (): Promise<string | undefined> =>
    (await stage.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: SOURCE }))).DBInstances?.[0]
      ?.DBInstanceArn;

  test('is kept untouched when the plan keeps it', async () => {
    const before = await stage.world();
    await retire({ source: 'keep' });
    expect(await stage.world()).toEqual(before);
  });

  test('is stopped when the plan stops it, once', async () => {
    await retire({ source: 'stop' });
    await retire({ source: 'stop' });
    expect(await statusOf(stage.rds, SOURCE)).toBe('stopped');
    expect(await stage.asked('StopDBInstance')).toBe(1);
    await stage.rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: SOURCE }));
    await available();
  });

  describe('is not deleted', () => {
    /** What retiring it threw, and that nothing became of it. */
    const refusal = async (finalSnapshot: string | null = 'before-1'): Promise<object> => ({
      error: await retire({ source: 'delete' }, finalSnapshot).catch((error: unknown) => error),
      status: await statusOf(stage.rds, SOURCE),
      deletions: await stage.asked('DeleteDBInstance'),
    });
    const failure = (type: string, message: string): object => ({
      error: { type, message: expect.stringContaining(message), nonRetryable: true },
      status: 'available',
      deletions: 0,
    });

    test('without the final snapshot that the plan wants', async () => {
      expect(await refusal(null)).toMatchObject(failure('ResourceFailed', 'wants a final snapshot'));
      expect(await refusal('never-made')).toMatchObject(failure('ResourceFailed', 'does not exist'));
    });

    test('when the final snapshot has failed, or is somebody else’s', async () => {
      expect(await refusal('before-3')).toMatchObject(
        failure('ResourceFailed', 'before-3 is failed, wanted available'),
      );
      expect(await refusal('theirs')).toMatchObject(failure('ResourceNotOurs', 'snapshot theirs'));
    });

    test('when it is tagged as production', async () => {
      const ResourceName = await arn();
      const Tags = [{ Key: ROLE_TAG, Value: 'production' }];
      await stage.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
      expect(await refusal()).toMatchObject(failure('ResourceNotOurs', 'tagged as production'));
      await stage.rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [ROLE_TAG] }));
    });

    test('when it is protected from deletion, which is not ours to switch off', async () => {
      const protect = async (DeletionProtection: boolean): Promise<void> => {
        await stage.rds.send(
          new ModifyDBInstanceCommand({ DBInstanceIdentifier: SOURCE, DeletionProtection, ApplyImmediately: true }),
        );
        await available();
      };
      await protect(true);
      expect(await refusal()).toMatchObject(failure('ControlPlaneRefused', 'has deletion protection'));
      await protect(false);
    });
  });

  test('never carries our tag, whatever is done with it', async () => {
    const { DBInstances } = await stage.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: SOURCE }));
    expect(DBInstances?.[0]?.TagList).toEqual([]);
  });

  test('is deleted with its automated backups kept, and a lost answer changes nothing', async () => {
    await stage.cloud.fault({ on: 'DeleteDBInstance', do: { reset: 'after' } });
    await retire({ source: 'delete' }, 'before-1');
    await retire({ source: 'delete' }, 'before-1');
    await expect(statusOf(stage.rds, SOURCE)).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
    const { DBInstanceAutomatedBackups } = await stage.rds.send(new DescribeDBInstanceAutomatedBackupsCommand({}));
    expect(DBInstanceAutomatedBackups).toMatchObject([{ DBInstanceIdentifier: SOURCE, Status: 'retained' }]);
    expect(await stage.world()).toMatchObject({
      snapshots: expect.arrayContaining([expect.arrayContaining(['before-1', 'available'])]),
    });
  });

  test('that is gone cannot be stopped any more', async () => {
    await expect(retire({ source: 'stop' })).rejects.toMatchObject({ type: 'ResourceFailed' });
  });
});
