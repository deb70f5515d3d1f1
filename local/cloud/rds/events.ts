import type { SourceType } from '@aws-sdk/client-rds';
import { arnOf, type ArnKind } from './arn.ts';
import type { World } from './world.ts';

const ARN_KINDS: Readonly<Partial<Record<SourceType, ArnKind>>> = {
  'db-instance': 'db',
  'db-cluster': 'cluster',
  'db-snapshot': 'snapshot',
  'db-cluster-snapshot': 'cluster-snapshot',
};
/** AWS keeps events for 14 days; a local cloud keeps the newest. */
const KEPT = 1_000;

/** Notes what happened to a resource, for DescribeEvents. */
export function note(world: World, type: SourceType, id: string, message: string, categories: readonly string[]): void {
  const kind = ARN_KINDS[type];
  world.state.events.push({
    SourceIdentifier: id,
    SourceType: type,
    Message: message,
    EventCategories: [...categories],
    Date: new Date(),
    ...(kind ? { SourceArn: arnOf(world, kind, id) } : {}),
  });
  if (world.state.events.length > KEPT) world.state.events.shift();
}
