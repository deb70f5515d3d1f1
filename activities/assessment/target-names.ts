import type { Tag } from '@aws-sdk/client-rds';
import type { Finding } from '../../model/finding.ts';
import { instanceNames, parameterGroupName } from '../../model/names.ts';
import { findCluster, findInstance, findParameterGroup } from '../rds/describe.ts';
import { isOurs, isProduction } from '../rds/ownership.ts';
import { blocker, info, type Check, type ControlPlaneSubject } from './subject.ts';

/** Names the target will need are free, or taken by an earlier run of this same migration. */
export const checkTargetNames: Check<ControlPlaneSubject> = async ({ rds, plan, migration }) => {
  const { cluster } = plan.target;
  const group = parameterGroupName(plan);
  const findings: Finding[] = [];
  const judge = (what: string, taken: { readonly tags: readonly Tag[] | undefined } | null): void => {
    if (taken !== null) findings.push(taker(what, taken, migration));
  };
  judge(`cluster ${cluster}`, tagged(await findCluster(rds, cluster)));
  judge(`parameter group ${group}`, await findParameterGroup(rds, group));
  for (const name of instanceNames(plan)) judge(`instance ${name}`, tagged(await findInstance(rds, name)));
  return findings;
};

const tagged = (found: { readonly TagList?: Tag[] | undefined } | null) =>
  found === null ? null : { tags: found.TagList };

function taker(what: string, taken: { readonly tags: readonly Tag[] | undefined }, migration: string): Finding {
  if (!isOurs(taken, migration))
    return blocker('name-taken', `${what} exists and was not made by this migration: rename the target`);
  if (isProduction(taken))
    return blocker('name-taken', `${what} has become production in an earlier run: rename the target`);
  return info(
    'left-over',
    `${what} stands from an earlier run of this migration and is adopted if it matches the plan`,
  );
}
