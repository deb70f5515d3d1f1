import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DBInstance } from '@aws-sdk/client-rds';
import { checkPhysicalContents, checkPhysicalTarget } from '../../../activities/assessment/physical-checks.ts';
import type { ControlPlaneSubject } from '../../../activities/assessment/subject.ts';
import type { Strategy } from '../../../model/strategy.ts';
import { named, openDatabase, type AssessedDatabase } from './database.ts';

let database: AssessedDatabase;
beforeAll(async () => {
  database = await openDatabase('15');
});
afterAll(() => database.pair.stop());

const READY: DBInstance = { EngineVersion: '15.18', StorageEncrypted: true, BackupRetentionPeriod: 7 };

const judge = async (
  strategy: Strategy,
  change: { instance?: DBInstance; targetVersion?: string; encrypt?: boolean },
) => {
  const { plan } = database;
  const target = { ...plan.target, storageEncrypted: change.encrypt ?? true };
  return named(
    await checkPhysicalTarget({
      plan: { ...plan, strategy, target },
      instance: { ...READY, ...change.instance },
      targetVersion: change.targetVersion ?? '15.18',
    } as ControlPlaneSubject),
  ).filter((name) => name.startsWith('blocker'));
};

describe('a target made of the source’s files', () => {
  test.each<[what: string, strategy: Strategy, change: Parameters<typeof judge>[1], blockers: string[]]>([
    ['a source that is ready', 'replica', {}, []],
    ['another major', 'snapshot', { targetVersion: '17.10' }, ['blocker physical-major']],
    ['an older minor', 'replica', { targetVersion: '15.17' }, ['blocker physical-minor']],
    ['a target that is not encrypted', 'snapshot', { encrypt: false }, ['blocker encryption-kept']],
    ['no automated backups', 'replica', { instance: { BackupRetentionPeriod: 0 } }, ['blocker no-backups']],
    ['no automated backups', 'snapshot', { instance: { BackupRetentionPeriod: 0 } }, []],
    [
      'another Aurora replica',
      'replica',
      { instance: { ReadReplicaDBClusterIdentifiers: ['other'] } },
      ['blocker replica-taken'],
    ],
    ['all of that', 'dump', { targetVersion: '17.10', instance: { BackupRetentionPeriod: 0 } }, []],
  ])('with %s, by %s', async (_, strategy, change, blockers) => {
    expect(await judge(strategy, change)).toEqual(blockers);
  });

  test('does not take unlogged tables, which would arrive empty', async () => {
    const { plan, pair } = database;
    await pair.sql('source', 'CREATE UNLOGGED TABLE fleeting (n int)');
    const by = async (strategy: Strategy) =>
      named(await database.look(checkPhysicalContents, { plan: { ...plan, strategy } }));
    expect(await by('snapshot')).toEqual(['blocker unlogged-tables']);
    expect(await by('dump')).toEqual([]);
    await pair.sql('source', 'DROP TABLE fleeting');
  });
});
