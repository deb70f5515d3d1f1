/** What people see of a copy under way. */
export interface CopyProgress {
  readonly stage: 'claim' | 'dump' | 'restore' | 'finish';
  /** Tables this stage has begun. */
  readonly tablesDone: number;
  /** 0 until known. */
  readonly tables: number;
  /** Size of the dump so far. */
  readonly bytes: number;
}

export interface CopySignals {
  /** Ends the copy: programs are stopped and awaited, its reason is thrown. */
  readonly abort: AbortSignal;
  readonly heartbeat: (details: CopyProgress) => void;
}

const BEAT_MS = 1_000;
/** What `--verbose` says of each table whose rows are dumped or restored. */
const TABLE_LINE = /(dumping contents of|processing data for) table/;

export interface ProgressReport extends Disposable {
  stage(stage: CopyProgress['stage']): void;
  tables(count: number): void;
  readonly onLine: (line: string) => void;
}

/** Beats at once, at each new stage and every second; `measure` answers the size of the dump. */
export function reportProgress(beat: CopySignals['heartbeat'], measure: () => Promise<number>): ProgressReport {
  let progress: CopyProgress = { stage: 'claim', tablesDone: 0, tables: 0, bytes: 0 };
  const change = (to: Partial<CopyProgress>): void => {
    progress = { ...progress, ...to };
  };
  const tell = (): void => beat(progress);
  const timer = setInterval(
    () =>
      void measure()
        .then((bytes) => change({ bytes }))
        .then(tell, tell),
    BEAT_MS,
  );
  tell();
  return {
    stage: (stage) => {
      change({ stage, tablesDone: 0 });
      tell();
    },
    tables: (tables) => change({ tables }),
    onLine: (line) => {
      if (TABLE_LINE.test(line)) change({ tablesDone: progress.tablesDone + 1 });
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
