/** One piece of work; `rows` pours rows, `build` makes indexes and the like on the target alone. */
export interface Task<Lane> {
  readonly kind: 'rows' | 'build';
  /** Size of the table it is for. */
  readonly bytes: number;
  readonly run: (lane: Lane) => Promise<void>;
}

/** What is to be done, for the biggest tables first, by any number of lanes; tasks may put up new ones while they run. */
export interface WorkBoard<Lane> {
  add(...tasks: Task<Lane>[]): void;
  /** Runs tasks until none is left and none that runs could bring more. Throws what a task threw; the others end after theirs. */
  work(lane: Lane, prefers: Task<Lane>['kind']): Promise<void>;
  /** Whether the task that asks is the only one left. */
  alone(): boolean;
}

/** `rowsAtOnce`: how many tasks of kind `rows` may run side by side. */
export function workBoard<Lane>(rowsAtOnce = Number.POSITIVE_INFINITY): WorkBoard<Lane> {
  const waiting = tasksWaiting<Lane>();
  const running = { rows: 0, build: 0 };
  const count = (): number => running.rows + running.build;
  let failed = false;
  const sleepers: (() => void)[] = [];
  const wake = (): void => {
    for (const sleeper of sleepers.splice(0)) sleeper();
  };
  const next = (kind: Task<Lane>['kind']): Task<Lane> | undefined =>
    kind === 'rows' && running.rows >= rowsAtOnce ? undefined : waiting.take(kind);
  const run = async (task: Task<Lane>, lane: Lane): Promise<void> => {
    running[task.kind] += 1;
    try {
      await task.run(lane);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      running[task.kind] -= 1;
      wake();
    }
  };
  return {
    add: (...tasks) => {
      waiting.add(tasks);
      wake();
    },
    work: async (lane, prefers) => {
      for (;;) {
        const task = failed ? undefined : (next(prefers) ?? next(prefers === 'rows' ? 'build' : 'rows'));
        if (task !== undefined) await run(task, lane);
        else if (failed || count() === 0) return;
        else await new Promise<void>((resolve) => sleepers.push(resolve));
      }
    },
    alone: () => count() === 1 && waiting.isEmpty(),
  };
}

/** By kind, the biggest first: what has the longest way to go must not be left alone at the end. Equals keep their order. */
function tasksWaiting<Lane>() {
  const tasks: Record<Task<Lane>['kind'], Task<Lane>[]> = { rows: [], build: [] };
  return {
    add: (added: readonly Task<Lane>[]): void => {
      for (const task of added) tasks[task.kind].push(task);
      for (const kind of [tasks.rows, tasks.build]) kind.sort((one, other) => other.bytes - one.bytes);
    },
    take: (kind: Task<Lane>['kind']): Task<Lane> | undefined => tasks[kind].shift(),
    isEmpty: (): boolean => tasks.rows.length + tasks.build.length === 0,
  };
}
