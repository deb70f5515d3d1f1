import type { DBSubnetGroup, VpcSecurityGroupMembership } from '@aws-sdk/client-rds';
import { ApiError } from '../protocol/errors.ts';
import type { World } from './world.ts';

const DEFAULT_SECURITY_GROUP = 'sg-0default0000000';
const VPC = 'vpc-0default000000';

/** Security groups as a resource shows them. The cloud has no network: well-formed names are recorded, no more. */
export function securityGroups(ids: readonly string[] | undefined): VpcSecurityGroupMembership[] {
  return (ids ?? [DEFAULT_SECURITY_GROUP]).map((id) => {
    if (!/^sg-[0-9a-z]+$/.test(id))
      throw new ApiError('InvalidParameterValue', `Invalid security group , groupId= ${id}, groupName=.`);
    return { VpcSecurityGroupId: id, Status: 'active' };
  });
}

export function validSubnetGroup(name: string | undefined): string {
  if (name === undefined) return 'default';
  if (/^[A-Za-z0-9_. -]{1,255}$/.test(name)) return name.toLowerCase();
  throw new ApiError('InvalidParameterValue', `The parameter DBSubnetGroupName is not a valid name: ${name}`);
}

export function networkOf(
  world: World,
  groups: readonly string[] | undefined,
  subnetGroup: string | undefined,
): { VpcSecurityGroups: VpcSecurityGroupMembership[]; DBSubnetGroup: DBSubnetGroup } {
  const name = validSubnetGroup(subnetGroup);
  const zones = ['a', 'b', 'c'].map((zone) => `${world.state.region}${zone}`);
  return {
    VpcSecurityGroups: securityGroups(groups),
    DBSubnetGroup: {
      DBSubnetGroupName: name,
      DBSubnetGroupDescription: name,
      VpcId: VPC,
      SubnetGroupStatus: 'Complete',
      Subnets: zones.map((zone, index) => ({
        SubnetIdentifier: `subnet-0default0000${index}`,
        SubnetAvailabilityZone: { Name: zone },
        SubnetStatus: 'Active',
      })),
    },
  };
}
