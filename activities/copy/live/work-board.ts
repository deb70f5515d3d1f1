/** One piece of work; `rows` pours rows, `build` makes indexes and the like on the target alone. */
export interface Task<Lane> {
  readonly kind: 'rows' | 'build';
  readonly run: (lane: Lane) => Promise<void>;
}

/** What is to be done, in order, by any number of lanes; tasks may put up new ones while they run. */
export interface WorkBoard<Lane> {
  add(...tasks: Task<Lane>[]): void;
  /** Runs tasks until none is left and none that runs could bring more. Throws what a task threw; the others end after theirs. */
  work(lane: Lane, prefers: Task<Lane>['kind']): Promise<void>;
  /** Whether the task that asks is the only one left. */
  alone(): boolean;
}

export function workBoard<Lane>(): WorkBoard<Lane> {
  const waiting = { rows: [] as Task<Lane>[], build: [] as Task<Lane>[] };
  let running = 0;
  let failed = false;
  const sleepers: (() => void)[] = [];
  const wake = (): void => {
    for (const sleeper of sleepers.splice(0)) sleeper();
  };
  const take = (first: Task<Lane>['kind']): Task<Lane> | undefined =>
    waiting[first].shift() ?? waiting[first === 'rows' ? 'build' : 'rows'].shift();
  const run = async (task: Task<Lane>, lane: Lane): Promise<void> => {
    running += 1;
    try {
      await task.run(lane);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      running -= 1;
      wake();
    }
  };
  return {
    add: (...tasks) => {
      for (const task of tasks) waiting[task.kind].push(task);
      wake();
    },
    work: async (lane, prefers) => {
      for (;;) {
        const task = failed ? undefined : take(prefers);
        if (task !== undefined) await run(task, lane);
        else if (failed || running === 0) return;
        else await new Promise<void>((resolve) => sleepers.push(resolve));
      }
    },
    alone: () => running === 1 && waiting.rows.length === 0 && waiting.build.length === 0,
  };
}
