import type { Parameter } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import { clusterOf, applySettings, memberOf, serverOf } from '../instances/instance-server.ts';
import type { InstanceRecord, ParameterGroupRecord } from '../state.ts';
import type { World } from '../world.ts';
import { groupsOf, type GroupKind } from './groups.ts';
import { validChanges, type ParameterChange } from './parameter-rules.ts';

/** Judges a change of a parameter group and returns what carries it out. */
export function changeGroup(
  world: World,
  kind: GroupKind,
  group: ParameterGroupRecord,
  parameters: readonly Parameter[],
): () => Promise<void> {
  if (!groupsOf(world, kind)[group.name])
    throw new ApiError('InvalidDBParameterGroupStateFault', `Cannot modify a default parameter group: ${group.name}.`);
  const engine = world.engines.find(({ family }) => family === group.family);
  if (!engine) throw new Error(`no engine of family ${group.family} is installed`);
  const changes = validChanges(engine, parameters);
  return async () => {
    for (const { known, value, method } of changes) group.values[known.name] = { value, method };
    for (const instance of usersOf(world, kind, group)) await reach(world, kind, instance, changes);
  };
}

/** Instances that use the group, directly or through their cluster. */
export function usersOf(world: World, kind: GroupKind, { name }: ParameterGroupRecord): InstanceRecord[] {
  return Object.values(world.state.instances).filter((instance) =>
    kind === 'instance'
      ? instance.shape.DBParameterGroups.some(({ DBParameterGroupName }) => DBParameterGroupName === name)
      : clusterOf(world, instance)?.shape.DBClusterParameterGroup === name,
  );
}

/** A change reaches a running server at once if it may, and otherwise waits for its reboot. */
async function reach(
  world: World,
  kind: GroupKind,
  instance: InstanceRecord,
  changes: readonly ParameterChange[],
): Promise<void> {
  const now = changes.filter(({ known, method }) => method === 'immediate' && !known.isStatic);
  if (now.length < changes.length) markPending(world, kind, instance);
  if (now.length === 0 || !instance.running || serverOf(world, instance).pid === undefined) return;
  instance.applied = { ...instance.applied, ...Object.fromEntries(now.map(({ known, value }) => [known.name, value])) };
  await applySettings(world, instance);
  await serverOf(world, instance).sql('SELECT pg_reload_conf()');
}

function markPending(world: World, kind: GroupKind, instance: InstanceRecord): void {
  const member = memberOf(world, instance);
  if (kind === 'cluster' && member) member.DBClusterParameterGroupStatus = 'pending-reboot';
  if (kind === 'instance')
    for (const group of instance.shape.DBParameterGroups) group.ParameterApplyStatus = 'pending-reboot';
}
