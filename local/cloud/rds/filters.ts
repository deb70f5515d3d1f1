import type { Filter } from '@aws-sdk/client-rds';
import { ApiError } from '../protocol/errors.ts';

/** How a filter's name picks its value out of a record. */
export type Filterable<T> = Readonly<Record<string, (record: T) => string | undefined>>;

/** Records that match every filter. @throws ApiError for a name this operation does not have. */
export function applyFilters<T>(records: readonly T[], filters: readonly Filter[] | undefined, by: Filterable<T>): T[] {
  const checks = (filters ?? []).map(({ Name = '', Values = [] }) => {
    const pick = by[Name];
    if (!pick) throw new ApiError('InvalidParameterValue', `Unrecognized filter name: ${Name}`);
    return (record: T) => Values.includes(pick(record) ?? '');
  });
  return records.filter((record) => checks.every((check) => check(record)));
}
