import type { CopyProgress } from '../copy-progress.ts';
import { liveTally, type LiveTally } from './live-tally.ts';

/** What people see of a live copy under way: as of a dump's copy, and more. */
export interface LiveProgress extends Omit<CopyProgress, 'stage'> {
  readonly stage: 'claim' | 'snapshot' | 'schema' | 'rows' | 'sync' | 'constraints' | 'finish';
  /** Size of all tables on the source; `bytes` are those that travelled, in COPY's form, and differ from it. */
  readonly ofBytes: number;
  readonly rows: number;
  /** Over this attempt; 0 until known. */
  readonly bytesPerSecond: number;
  /** Until all rows are copied, by the share of the tables' size that is done; null until known. */
  readonly etaMs: number | null;
  /** What people should know of the stage; null: nothing. */
  readonly remark: string | null;
  /** Tables whose rows travel now. */
  readonly underWay: readonly TableProgress[];
}

export interface TableProgress {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  /** Its size on the source. */
  readonly ofBytes: number;
  /** Until its rows are copied, by the share of its size that is done; null while nothing can be said. */
  readonly etaMs: number | null;
}

export interface LiveSignals {
  /** Ends the copy: its reason is thrown when every session is closed; the snapshot stays leased. */
  readonly abort: AbortSignal;
  readonly heartbeat: (details: LiveProgress) => void;
}

export interface LiveReport extends Disposable, Pick<LiveTally, 'plan' | 'table' | 'fromHere'> {
  /** `remark`: what people should know of it. */
  readonly stage: (stage: LiveProgress['stage'], remark?: string | null) => void;
}

const BEAT_MS = 1_000;

/** Beats at once, at each new stage, with each table that is done, and every second. */
export function reportLive(beat: LiveSignals['heartbeat']): LiveReport {
  const tally = liveTally();
  let stage: LiveProgress['stage'] = 'claim';
  let remark: string | null = null;
  const tell = (): void => beat({ stage, remark, ...tally.look() });
  const timer = setInterval(tell, BEAT_MS);
  tell();
  return {
    plan: tally.plan,
    fromHere: tally.fromHere,
    table: (table) => {
      const followed = tally.table(table);
      return {
        ...followed,
        done: (rows) => {
          followed.done(rows);
          tell();
        },
      };
    },
    stage: (to, about = null) => {
      stage = to;
      remark = about;
      tell();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
