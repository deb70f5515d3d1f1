import type { Session } from '../../clients.ts';
import { failure } from '../../failure.ts';
import type { TargetClaim } from '../target-claim.ts';
import { doMarked } from './copy-state.ts';
import { forwardRows } from './forward-rows.ts';
import type { Lane } from './lanes.ts';
import type { Lend } from './lend.ts';
import type { LiveReport } from './live-progress.ts';
import { identityNow, wasAltered, type TableToCopy } from './tables.ts';
import type { Throttle } from './throttle.ts';

export interface RowsOrder {
  readonly claim: TargetClaim;
  readonly snapshot: string;
  readonly throttle: Throttle;
  readonly progress: LiveReport;
  /** A session on the source outside of the snapshot. */
  readonly look: Lend;
  /** Makes the next attempt begin anew. */
  readonly forget: () => Promise<void>;
}

export const rowsMark = ({ name }: Pick<TableToCopy, 'name'>): string => `rows of ${name}`;

/**
 * Copies the rows the snapshot sees of one table, in one transaction with its mark: they are there whole and once, or not at all.
 * Emptied in that transaction the table takes frozen rows, which nothing has to visit again.
 * Throws `CopyFailed` where the table was altered since the snapshot; the whole copy is then forgotten, for the stream tells rows
 * of another form than its schema has.
 */
export async function copyTable(lane: Lane, table: TableToCopy, order: RowsOrder): Promise<void> {
  const { source, target } = lane;
  const followed = order.progress.table(table);
  try {
    await enter(source.session, order.snapshot);
    let rows = 0;
    const deed = async (): Promise<{ rows: number; bytes: number }> => {
      if (table.where === null) await target.session.query(`TRUNCATE ONLY ${table.name}`);
      rows = await forwardRows({
        from: source.connection,
        into: target.connection,
        ...statements(table),
        throttle: order.throttle,
        onPiece: followed.piece,
      });
      // While the lock that reading took is still held: nobody can alter it between look and rows.
      await demandUnaltered(order, table);
      return { rows, bytes: followed.bytes() };
    };
    await doMarked(target.session, order.claim, deed, rowsMark(table));
    followed.done(rows);
    await source.session.query('COMMIT');
  } catch (error) {
    throw await explain(order, table, error);
  }
}

async function demandUnaltered({ look }: RowsOrder, table: TableToCopy): Promise<void> {
  const now = await look((session) => identityNow(session, table));
  if (now === null || wasAltered(table.identity, now)) throw new Error('altered');
}

/** Lets go of each table when it is copied: an ALTER that waits for us keeps the application waiting behind it. */
async function enter(source: Session, snapshot: string): Promise<void> {
  await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await source.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
}

function statements({ name, rows, where, format }: TableToCopy): { readonly out: string; readonly in: string } {
  if (where === null)
    return {
      out: `COPY ${rows} TO STDOUT (FORMAT ${format})`,
      in: `COPY ${rows} FROM STDIN (FORMAT ${format}, FREEZE)`,
    };
  // As pg_dump does it: the extension's condition tells its user's rows from its own.
  const columns = rows.slice(name.length).replace(/^ \((.*)\)$/s, '$1');
  return {
    out: `COPY (SELECT ${columns} FROM ONLY ${name} ${where}) TO STDOUT (FORMAT ${format})`,
    in: `COPY ${rows} FROM STDIN (FORMAT ${format})`,
  };
}

/** Whatever went wrong with a table that was altered, this is why; what was copied so far is then of no use. */
async function explain({ look, forget }: RowsOrder, table: TableToCopy, error: unknown): Promise<unknown> {
  const altered = await look((session) => identityNow(session, table)).then(
    (now) => now === null || wasAltered(table.identity, now),
    () => false,
  );
  if (!altered) return error;
  await forget();
  return wasAlteredMeanwhile(table);
}

export const wasAlteredMeanwhile = ({ name }: Pick<TableToCopy, 'name'>): Error =>
  failure(
    'CopyFailed',
    `table ${name} was altered or dropped on the source while it was to be copied; retry copies everything anew`,
  );
