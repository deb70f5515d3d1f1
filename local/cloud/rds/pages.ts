import { ApiError } from '../protocol/errors.ts';

export type PageRequest = { readonly MaxRecords: number | undefined; readonly Marker: string | undefined };
export type Page<T> = { readonly items: T[]; readonly marker: { Marker?: string } };

/** One page of a list; a marker says that there is more. AWS: 20 to 100 records, default 100. */
export function pageOf<T>(all: readonly T[], { MaxRecords = 100, Marker }: PageRequest): Page<T> {
  if (MaxRecords < 20 || MaxRecords > 100)
    throw new ApiError(
      'InvalidParameterValue',
      `Invalid value ${MaxRecords} for MaxRecords. Must be between 20 and 100`,
    );
  const start = Marker === undefined ? 0 : Number(Buffer.from(Marker, 'base64url').toString('utf8'));
  if (!Number.isInteger(start) || start < 0 || start > all.length)
    throw new ApiError('InvalidParameterValue', `Invalid marker: ${Marker}`);
  const end = start + MaxRecords;
  const marker = end < all.length ? { Marker: Buffer.from(String(end)).toString('base64url') } : {};
  return { items: all.slice(start, end), marker };
}
