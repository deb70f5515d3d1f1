import { replicationNames } from '../../model/names.ts';

/** Stands on both sides; carried by the publication of its direction at all times, and the only way to tell how far that has come. */
export type SentinelTable = 'daybreak.forward_sentinel' | 'daybreak.reverse_sentinel';

/** One direction of logical replication. */
export interface Feed {
  /** Of publication, slot and subscription alike. */
  readonly name: string;
  readonly sentinel: SentinelTable;
}

/** `forward` carries source → target, `reverse` target → source. */
export function feeds(migration: string): { readonly forward: Feed; readonly reverse: Feed } {
  const { forward, reverse } = replicationNames(migration);
  return {
    forward: { name: forward, sentinel: 'daybreak.forward_sentinel' },
    reverse: { name: reverse, sentinel: 'daybreak.reverse_sentinel' },
  };
}
