import type { RebootDBInstanceMessage, StartDBInstanceMessage, StopDBInstanceMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed } from '../../protocol/handlers.ts';
import { findInstance } from '../find.ts';
import type { World } from '../world.ts';
import { mustBeAvailable, mustBeStandalone, mustFeedNobody } from './instance-rules.ts';

export function rebootInstance(world: World, input: RebootDBInstanceMessage): Deed<'RebootDBInstance'> {
  const { DBInstanceIdentifier, ForceFailover } = input;
  const record = findInstance(world, DBInstanceIdentifier ?? '');
  mustBeAvailable(record);
  if (ForceFailover === true && record.shape.MultiAZ !== true)
    throw new ApiError(
      'InvalidParameterCombination',
      'Cannot reboot with force failover, as the DB instance is not configured for MultiAZ.',
    );
  return () => {
    record.shape.DBInstanceStatus = 'rebooting';
    world.begin({ point: 'instance.reboot', id: record.shape.DBInstanceIdentifier });
    return { DBInstance: structuredClone(record.shape) };
  };
}

export function stopInstance(world: World, input: StopDBInstanceMessage): Deed<'StopDBInstance'> {
  const record = findInstance(world, input.DBInstanceIdentifier ?? '');
  mustBeStandalone(record, 'stop');
  mustBeAvailable(record);
  mustFeedNobody(record, 'stopped');
  return () => {
    record.shape.DBInstanceStatus = 'stopping';
    world.begin({ point: 'instance.stop', id: record.shape.DBInstanceIdentifier });
    return { DBInstance: structuredClone(record.shape) };
  };
}

export function startInstance(world: World, input: StartDBInstanceMessage): Deed<'StartDBInstance'> {
  const record = findInstance(world, input.DBInstanceIdentifier ?? '');
  const { shape } = record;
  mustBeStandalone(record, 'start');
  if (shape.DBInstanceStatus !== 'stopped')
    throw new ApiError(
      'InvalidDBInstanceStateFault',
      `Instance ${shape.DBInstanceIdentifier} is not in stopped state: it is ${shape.DBInstanceStatus}.`,
    );
  return () => {
    shape.DBInstanceStatus = 'starting';
    world.begin({ point: 'instance.start', id: shape.DBInstanceIdentifier });
    return { DBInstance: structuredClone(shape) };
  };
}
