import type { DescribeEventsMessage, DescribePendingMaintenanceActionsMessage } from '@aws-sdk/client-rds';
import type { Deed, Handlers } from '../protocol/handlers.ts';
import { parseArn } from './arn.ts';
import { applyFilters } from './filters.ts';
import { pageOf } from './pages.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;

export function eventHandlers(world: World): Handlers {
  return {
    DescribeEvents: (input) => describeEvents(world, input),
    DescribePendingMaintenanceActions: (input) => describeMaintenance(world, input),
  };
}

/** Nothing is ever due here: versions change only when other servers are installed. */
function describeMaintenance(
  world: World,
  input: DescribePendingMaintenanceActionsMessage,
): Deed<'DescribePendingMaintenanceActions'> {
  const { ResourceIdentifier, Filters, MaxRecords, Marker } = input;
  if (ResourceIdentifier !== undefined) parseArn(world, ResourceIdentifier);
  const none = applyFilters([], Filters, { 'db-instance-id': () => undefined, 'db-cluster-id': () => undefined });
  const { items, marker } = pageOf(none, { MaxRecords, Marker });
  return () => ({ PendingMaintenanceActions: items, ...marker });
}

/** Events of the last hour, or of the time the request names. `Duration` is in minutes. */
function describeEvents(world: World, input: DescribeEventsMessage): Deed<'DescribeEvents'> {
  const {
    SourceIdentifier,
    SourceType,
    StartTime,
    EndTime,
    Duration = 60,
    EventCategories = [],
    Filters,
    MaxRecords,
    Marker,
  } = input;
  const end = EndTime ?? new Date();
  const start = StartTime ?? new Date(end.getTime() - Duration * MINUTE_MS);
  const found = world.state.events.filter(
    ({ SourceIdentifier: id, SourceType: type, EventCategories: categories = [], Date: at = end }) =>
      (SourceIdentifier === undefined || id === SourceIdentifier) &&
      (SourceType === undefined || type === SourceType) &&
      (EventCategories.length === 0 || categories.some((category) => EventCategories.includes(category))) &&
      at >= start &&
      at <= end,
  );
  const { items, marker } = pageOf(applyFilters(found, Filters, {}), { MaxRecords, Marker });
  return () => ({ Events: structuredClone(items), ...marker });
}
