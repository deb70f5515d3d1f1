import type { Session } from '../../clients.ts';
import type { TargetClaim } from '../target-claim.ts';
import type { TableStatement } from './arrangement.ts';
import type { Blueprint } from './blueprint.ts';
import { doMarked } from './copy-state.ts';
import type { Lane } from './lanes.ts';
import { sortMemoryKb } from './sort-memory.ts';
import type { TableToCopy } from './tables.ts';
import type { Task, WorkBoard } from './work-board.ts';

export interface FollowUpOrder {
  readonly claim: TargetClaim;
  readonly blueprint: Blueprint;
  /** What earlier attempts have done, by its mark. */
  readonly done: ReadonlyMap<string, unknown>;
  readonly board: WorkBoard<Lane>;
  /** Takes the names of tables whose statistics are gathered here; null: their rows are still to come. */
  readonly analysed: Set<string> | null;
}

export const statementMark = ({ id }: { readonly id: number }): string => `entry ${id}`;

/** Whether ANALYZE goes to the table itself: a partition's root sees to it, and of an extension's table only a part is ours. */
export const isAnalysed = ({ partition, where }: TableToCopy): boolean => !partition && where === null;

/**
 * Puts up what follows the rows of a table: constraints one after the other, for each locks the table; then all indexes side by
 * side, those of its keys among them; at last what makes keys of these, which takes no time, and ANALYZE, which no index may be
 * built beside. Indexes come after rows: an index that grows with them costs half as much again.
 */
export function followUp(table: TableToCopy, { claim, blueprint, done, board, analysed }: FollowUpOrder): void {
  const missing = (statements: readonly TableStatement[]): TableStatement[] =>
    statements.filter((statement) => statement.table === table.oid && !done.has(statementMark(statement)));
  const task = (run: (session: Session) => Promise<void>): Task<Lane> => ({
    kind: 'build',
    bytes: table.bytes,
    run: async ({ target: { session }, memoryKb }) => {
      // Beside others a second process for one index only takes the place of theirs.
      const helpers = board.alone() ? 2 : 0;
      await session.query(
        `SET max_parallel_maintenance_workers = ${helpers}; SET maintenance_work_mem = ${sortMemoryKb(table.bytes, memoryKb)}`,
      );
      await run(session);
    },
  });
  const build = (session: Session, { sql, ...statement }: TableStatement): Promise<void> =>
    doMarked(session, claim, async () => void (await session.query(sql)), statementMark(statement));
  const inTurn = (statements: readonly TableStatement[], then?: string): Task<Lane>[] => {
    if (statements.length === 0 && then === undefined) return [];
    const run = async (session: Session): Promise<void> => {
      for (const statement of statements) await build(session, statement);
      if (then !== undefined) await session.query(then);
    };
    return [task(run)];
  };
  const analyses = analysed !== null && isAnalysed(table);
  if (analyses) analysed.add(table.name);
  putUp(board, [
    inTurn(missing(blueprint.constraints)),
    missing(blueprint.indexes).map((index) => task((session) => build(session, index))),
    inTurn(missing(blueprint.keys ?? []), analyses ? `ANALYZE ${table.name}` : undefined),
  ]);
}

/** One wave of tasks after the other: each when the last of those before is done. */
function putUp(board: WorkBoard<Lane>, waves: readonly (readonly Task<Lane>[])[]): void {
  const [wave, ...rest] = waves.filter((tasks) => tasks.length > 0);
  if (wave === undefined) return;
  let left = wave.length;
  const counted = wave.map((task) => ({
    ...task,
    run: async (lane: Lane) => {
      await task.run(lane);
      left -= 1;
      if (left === 0) putUp(board, rest);
    },
  }));
  board.add(...counted);
}
