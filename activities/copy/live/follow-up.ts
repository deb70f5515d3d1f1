import type { Session } from '../../clients.ts';
import type { TargetClaim } from '../target-claim.ts';
import type { TableStatement } from './arrangement.ts';
import type { Blueprint } from './blueprint.ts';
import { doMarked } from './copy-state.ts';
import type { Lane } from './lanes.ts';
import type { TableToCopy } from './tables.ts';
import type { Task, WorkBoard } from './work-board.ts';

export interface FollowUpOrder {
  readonly claim: TargetClaim;
  readonly blueprint: Blueprint;
  /** What earlier attempts have done, by its mark. */
  readonly done: ReadonlyMap<string, unknown>;
  readonly board: WorkBoard<Lane>;
}

export const statementMark = ({ id }: { readonly id: number }): string => `entry ${id}`;

/**
 * Puts up what follows the rows of a table: its constraints one after the other, for each locks the table, then its indexes side
 * by side. Indexes come after rows: an index that grows with them costs half as much again.
 */
export function followUp(table: TableToCopy, { claim, blueprint, done, board }: FollowUpOrder): void {
  const missing = (statements: readonly TableStatement[]): TableStatement[] =>
    statements.filter((statement) => statement.table === table.oid && !done.has(statementMark(statement)));
  const build = (session: Session, { sql, ...statement }: TableStatement): Promise<void> =>
    doMarked(session, claim, async () => void (await session.query(sql)), statementMark(statement));
  const indexes = missing(blueprint.indexes).map((index): Task<Lane> => ({
    kind: 'build',
    run: async ({ target: { session } }) => {
      // Beside others a second process for one index only takes the place of theirs.
      const helpers = board.alone() ? 2 : 0;
      await session.query(`SET max_parallel_maintenance_workers = ${helpers}`);
      await build(session, index);
    },
  }));
  const constraints = missing(blueprint.constraints);
  if (constraints.length === 0) return board.add(...indexes);
  board.add({
    kind: 'build',
    run: async ({ target }) => {
      for (const constraint of constraints) await build(target.session, constraint);
      board.add(...indexes);
    },
  });
}
