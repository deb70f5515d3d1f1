import type { DeleteDBInstanceMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed } from '../../protocol/handlers.ts';
import { findInstance } from '../find.ts';
import { finalSnapshotChoice } from '../rules.ts';
import { mustBeNewSnapshot, newSnapshot } from '../snapshots/take-snapshot.ts';
import type { InstanceRecord } from '../state.ts';
import type { World } from '../world.ts';
import { mustAllowSnapshot, mustBeDeletable, mustFeedNobody } from './instance-rules.ts';

/** DeleteDBInstance. Automated backups go with the instance unless told otherwise, as on AWS. */
export function deleteInstance(world: World, input: DeleteDBInstanceMessage): Deed<'DeleteDBInstance'> {
  const record = findInstance(world, input.DBInstanceIdentifier ?? '');
  const { shape } = record;
  const finalSnapshot = readFinalSnapshot(record, input);
  const keepBackups = input.DeleteAutomatedBackups === false;
  mustBeDeletable(record, finalSnapshot);
  mustFeedNobody(record, 'deleted');
  if (finalSnapshot !== undefined) {
    mustAllowSnapshot(record);
    mustBeNewSnapshot(world, finalSnapshot);
  }
  return () => {
    shape.DBInstanceStatus = 'deleting';
    if (finalSnapshot !== undefined) newSnapshot(world, record, finalSnapshot, []);
    world.begin({ point: 'instance.delete', id: shape.DBInstanceIdentifier, finalSnapshot, keepBackups });
    return { DBInstance: structuredClone(shape) };
  };
}

function readFinalSnapshot({ shape }: InstanceRecord, input: DeleteDBInstanceMessage): string | undefined {
  const { SkipFinalSnapshot, FinalDBSnapshotIdentifier } = input;
  if (shape.DBClusterIdentifier === undefined)
    return finalSnapshotChoice(SkipFinalSnapshot, FinalDBSnapshotIdentifier, 'FinalDBSnapshotIdentifier');
  // The data is the cluster's, and so is its final snapshot.
  if (FinalDBSnapshotIdentifier !== undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance.',
    );
  return undefined;
}
