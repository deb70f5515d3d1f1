import type { Session } from '../clients.ts';
import { summed } from './row-hash.ts';

/**
 * Large objects by pieces of 1 MiB, because they may be larger than memory; their size is only known by seeking to the end.
 * 262144 is INV_READ, 2 is SEEK_END. An empty one still counts, as one empty piece.
 */
export const LARGE_OBJECTS = `
SELECT count(*) FILTER (WHERE piece = 0)::text AS rows, ${summed('int8send(oid::int8), int8send(piece), data')}
  FROM (SELECT o.oid, piece, lo_get(o.oid, piece * 1048576, 1048576) AS data
          FROM (SELECT oid, size FROM (SELECT oid, size, lo_close(fd) AS closed
                  FROM (SELECT oid, fd, lo_lseek64(fd, 0, 2) AS size
                          FROM (SELECT oid, lo_open(oid, 262144) AS fd FROM pg_largeobject_metadata OFFSET 0) opened OFFSET 0) sized
                OFFSET 0) closed WHERE closed = 0) o,
               generate_series(0::bigint, greatest(o.size - 1, 0) / 1048576) AS piece) pieces`;

/** Logical replication does not carry them: where one side's have changed since the copy, the other's are old. */
export async function sameLargeObjects(one: Session, other: Session): Promise<boolean> {
  const [ours, theirs] = await Promise.all([one.query(LARGE_OBJECTS), other.query(LARGE_OBJECTS)]);
  return JSON.stringify(ours) === JSON.stringify(theirs);
}
