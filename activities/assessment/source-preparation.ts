import { paginateDescribeDBInstances, type RDSClient } from '@aws-sdk/client-rds';
import { sourceParameterGroupName } from '../../model/names.ts';
import type { SourcePreparation } from '../../model/source-preparation.ts';
import { traitsOf } from '../../model/strategy.ts';
import { call } from '../rds/rds-failure.ts';
import { isAwsGroup } from '../rds/source-group.ts';
import { groupOf } from '../rds/source-reboot.ts';
import { serverShortfalls } from './replication-server.ts';
import type { ControlPlaneSubject, DatabaseSubject } from './subject.ts';

/**
 * What a change of parameters and a reboot of the source would mend, for a strategy that needs it; undefined: nothing. A preparation is no
 * blocker: people decide about it at a gate of its own.
 */
export async function sourcePreparation({
  plan,
  migration,
  rds,
  instance,
  session,
}: Pick<ControlPlaneSubject, 'plan' | 'migration' | 'rds' | 'instance'> & Pick<DatabaseSubject, 'session'>): Promise<
  SourcePreparation | undefined
> {
  if (!traitsOf(plan).follows) return undefined;
  const changes = await serverShortfalls({ session, migration });
  if (changes.length === 0) return undefined;
  const parameterGroup = groupOf(instance).name;
  const isOnlyAws = isAwsGroup(parameterGroup);
  return {
    changes,
    parameterGroup,
    newParameterGroup: isOnlyAws ? sourceParameterGroupName(plan) : null,
    sharedWith: isOnlyAws ? [] : await othersWith(rds, parameterGroup, plan.source.instance),
    multiAz: instance.MultiAZ ?? false,
    pending: Object.keys(instance.PendingModifiedValues ?? {}),
  };
}

/** There is no filter by parameter group. */
async function othersWith(rds: RDSClient, group: string, source: string): Promise<readonly string[]> {
  return await call(`list the instances with parameter group ${group}`, async () => {
    const found: string[] = [];
    for await (const { DBInstances } of paginateDescribeDBInstances({ client: rds }, {}))
      for (const { DBInstanceIdentifier: id = '', DBParameterGroups } of DBInstances ?? [])
        if (id !== source && DBParameterGroups?.some(({ DBParameterGroupName }) => DBParameterGroupName === group))
          found.push(id);
    return found;
  });
}
