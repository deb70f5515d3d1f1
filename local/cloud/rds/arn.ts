import { ApiError } from '../protocol/errors.ts';
import type { World } from './world.ts';

/** The resource types of RDS that have names here, as their ARNs spell them. */
export type ArnKind = 'db' | 'cluster' | 'snapshot' | 'cluster-snapshot' | 'pg' | 'cluster-pg' | 'auto-backup';
export type ParsedArn = { readonly kind: string; readonly name: string };

export function arnOf({ state }: Pick<World, 'state'>, kind: ArnKind, name: string): string {
  return `arn:aws:rds:${state.region}:${state.account}:${kind}:${name}`;
}

/** @throws ApiError when it is not an ARN of RDS in this account and region. */
export function parseArn({ state }: Pick<World, 'state'>, arn: string): ParsedArn {
  const [prefix, partition, service, region, account, kind, ...name] = arn.split(':');
  if (prefix !== 'arn' || partition !== 'aws' || service !== 'rds' || !kind || name.length === 0)
    throw new ApiError('InvalidParameterValue', `Invalid resource name: ${arn}`);
  if (region !== state.region || account !== state.account)
    throw new ApiError(
      'InvalidParameterValue',
      `The specified resource name does not match an RDS resource in this region.`,
    );
  return { kind, name: name.join(':') };
}

/** The identifier in `given`, which is one already or an ARN of this kind. */
export function identifierIn(world: Pick<World, 'state'>, kind: ArnKind, given: string): string {
  if (!given.startsWith('arn:')) return given.toLowerCase();
  const parsed = parseArn(world, given);
  if (parsed.kind !== kind) throw new ApiError('InvalidParameterValue', `Invalid resource name: ${given}`);
  return parsed.name.toLowerCase();
}
