import { isWritable, type Custody } from './custody.ts';

/** Custody of one side as rescue reads it. `fencedAtMs` is when its last fence was raised, on its own clock. */
export interface SideCustody extends Custody {
  readonly fencedAtMs: number | null;
}

export type SideName = 'source' | 'target';

/** What custody alone says has to be done, with worker and Temporal gone. */
export type Rescue =
  | { readonly kind: 'nothing'; readonly why: string }
  /** The giver is fenced: it gets its writes back. */
  | { readonly kind: 'give-back'; readonly giver: SideName; readonly handOver: string }
  /** The giver has committed and nobody takes writes: the other side is opened. */
  | { readonly kind: 'complete'; readonly giver: SideName; readonly handOver: string };

export function decideRescue(source: SideCustody | null, target: SideCustody | null): Rescue {
  if (source === null)
    return { kind: 'nothing', why: 'the source holds no custody: no migration of ours is under way there' };
  const sides = { source, ...(target === null ? {} : { target }) };
  for (const [giver, { state, handOver }] of entries(sides))
    if (state === 'fenced' && handOver !== null) return { kind: 'give-back', giver, handOver };
  const writing = entries(sides).find(([, custody]) => isWritable(custody));
  if (writing !== undefined) return { kind: 'nothing', why: `the ${writing[0]} takes writes` };
  // Nobody takes writes: the side that was fenced last has committed, and its hand-over was never completed.
  const given = entries(sides).filter(([, { state }]) => state === 'given');
  const [last] = given.toSorted(([, a], [, b]) => (b.fencedAtMs ?? 0) - (a.fencedAtMs ?? 0));
  if (last?.[1].handOver == null)
    return { kind: 'nothing', why: `the source is ${source.state} and no hand-over was begun` };
  return { kind: 'complete', giver: last[0], handOver: last[1].handOver };
}

/**
 * Why the claim of a run that is gone is not to be released; null where it may be: the source takes writes, and the target either never
 * took any, or gave them back and is kept. A target that cannot be read is passed over, for the source alone says that it takes writes.
 */
export function whyNotReleased(source: SideCustody | null, target: SideCustody | null): string | null {
  if (source === null && target === null) return 'neither side holds custody: no run of ours has a claim there';
  if (source === null && target?.state === 'given')
    return 'the source is claimed by no run; the target gave its writes back and is kept';
  if (source !== null && !isWritable(source))
    return `the source is ${source.state}; wanted open or taken: a source that takes writes`;
  const wanted = source?.state === 'taken' ? 'given' : 'closed';
  if (target !== null && target.state !== wanted) return `the target is ${target.state}; wanted ${wanted}, or absent`;
  if (source?.state === 'taken' && target !== null && target.handOver !== source.handOver)
    return 'both sides name another hand-over; wanted one that gave the writes back';
  return null;
}

const entries = (sides: { source: SideCustody; target?: SideCustody }): [SideName, SideCustody][] => [
  ['source', sides.source],
  ...(sides.target === undefined ? [] : ([['target', sides.target]] satisfies [SideName, SideCustody][])),
];
