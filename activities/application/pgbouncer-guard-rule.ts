import { isWritable, type Custody } from '../../model/custody.ts';

/** What the guard knows of a hand-over at one look; custody null: there is none, or it could not be read. */
export interface HandOverSeen {
  readonly handOver: string;
  readonly giver: Custody | null;
  readonly taker: Custody | null;
  /** The giver's clock; null where it could not be read. */
  readonly giverNowMs: number | null;
}

export type Stage =
  /** Not fenced yet: a pause is about to be followed by a fence. */
  | 'before'
  /** Fenced, or given and not taken yet: clients have to wait. */
  | 'inside'
  /** The giver has its writes again, or may have them at any moment: nothing can be committed any more. */
  | 'given-back'
  /** The taker has the writes. */
  | 'opened'
  | 'unknown'
  /** Another hand-over's affair. */
  | 'over';

export function stageOf({ handOver, giver, taker, giverNowMs }: HandOverSeen): Stage {
  if (taker?.state === 'taken' && taker.handOver === handOver) return 'opened';
  if (giver === null || giverNowMs === null) return 'unknown';
  if (giver.handOver !== handOver) return isWritable(giver) ? 'before' : 'over';
  if (isWritable(giver)) return 'given-back';
  return giver.deadlineMs !== null && giverNowMs >= giver.deadlineMs ? 'given-back' : 'inside';
}

export type Deed = 'wait' | 'resume' | 'point-to-giver-and-resume';

/** From a pause to its fence: reaching poolers and waiting for the locks. A pause without one is a dead worker's. */
const BEFORE_FENCE_LIMIT_MS = 20_000;

/** What to do about a pool that is paused since `pausedMs`. */
export function deedFor(stage: Stage, pausedMs: number, maxWritePauseMs: number): Deed {
  switch (stage) {
    case 'opened':
      return 'resume';
    case 'given-back':
      return 'point-to-giver-and-resume';
    case 'before':
      return pausedMs > Math.min(BEFORE_FENCE_LIMIT_MS, maxWritePauseMs) ? 'resume' : 'wait';
    case 'inside':
    case 'unknown':
      return pausedMs > maxWritePauseMs ? 'resume' : 'wait';
    case 'over':
      return 'wait';
  }
}
