import type { Handlers } from '../../protocol/handlers.ts';
import type { World } from '../world.ts';
import { createInstance } from './create-instance.ts';
import { deleteInstance } from './delete-instance.ts';
import { describeInstances } from './describe-instances.ts';
import { modifyInstance } from './modify-instance.ts';
import { rebootInstance, startInstance, stopInstance } from './power-instance.ts';
import { describeAutomatedBackups } from './retained-backups.ts';

export function instanceHandlers(world: World): Handlers {
  return {
    CreateDBInstance: (input) => createInstance(world, input),
    DescribeDBInstances: (input) => describeInstances(world, input),
    ModifyDBInstance: (input) => modifyInstance(world, input),
    RebootDBInstance: (input) => rebootInstance(world, input),
    StopDBInstance: (input) => stopInstance(world, input),
    StartDBInstance: (input) => startInstance(world, input),
    DeleteDBInstance: (input) => deleteInstance(world, input),
    DescribeDBInstanceAutomatedBackups: (input) => describeAutomatedBackups(world, input),
  };
}
