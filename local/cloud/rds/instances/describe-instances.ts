import type { DescribeDBInstancesMessage } from '@aws-sdk/client-rds';
import type { Deed } from '../../protocol/handlers.ts';
import { applyFilters, type Filterable } from '../filters.ts';
import { findInstance } from '../find.ts';
import { pageOf } from '../pages.ts';
import type { InstanceShape } from '../state.ts';
import type { World } from '../world.ts';

const FILTERS: Filterable<InstanceShape> = {
  'db-instance-id': ({ DBInstanceIdentifier }) => DBInstanceIdentifier,
  'db-cluster-id': ({ DBClusterIdentifier }) => DBClusterIdentifier,
  'dbi-resource-id': ({ DbiResourceId }) => DbiResourceId,
  engine: ({ Engine }) => Engine,
};

export function describeInstances(world: World, input: DescribeDBInstancesMessage): Deed<'DescribeDBInstances'> {
  const { DBInstanceIdentifier, Filters, MaxRecords, Marker } = input;
  const found =
    DBInstanceIdentifier === undefined
      ? Object.values(world.state.instances)
      : [findInstance(world, DBInstanceIdentifier)];
  const shapes = applyFilters(
    found.map(({ shape }) => shape),
    Filters,
    FILTERS,
  );
  const { items, marker } = pageOf(shapes, { MaxRecords, Marker });
  return () => ({ DBInstances: structuredClone(items), ...marker });
}
