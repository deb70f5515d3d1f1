import type { TargetClaim } from '../target-claim.ts';
import { doMarked } from './copy-state.ts';
import { rowsMark } from './copy-table.ts';
import type { Lane } from './lanes.ts';
import type { TableToCopy } from './tables.ts';
import { workBoard, type WorkBoard } from './work-board.ts';

/** Marks tables whose rows came by themselves: how many they are nobody has counted, so their size stands for what travelled. */
export function countSynced(
  tables: readonly Pick<TableToCopy, 'name' | 'bytes'>[],
  claim: TargetClaim,
): WorkBoard<Lane> {
  const board = workBoard<Lane>();
  for (const table of tables)
    board.add({
      kind: 'rows',
      bytes: table.bytes,
      run: async ({ target: { session } }) => {
        const count = async (): Promise<{ rows: number; bytes: number }> => {
          const [counted] = await session.query<{ rows: number; bytes: number }>(
            `SELECT count(*)::float8 AS rows, pg_table_size($1::regclass)::float8 AS bytes FROM ONLY ${table.name}`,
            [table.name],
          );
          return counted ?? { rows: 0, bytes: 0 };
        };
        await doMarked(session, claim, count, rowsMark(table));
      },
    });
  return board;
}
