import type { Session } from '../../clients.ts';
import { giveToApplication } from '../finish-copy.ts';
import { demandClaim } from '../target-claim.ts';
import { doMarked } from './copy-state.ts';
import { isAnalysed, statementMark, type FollowUpOrder } from './follow-up.ts';
import type { Lane } from './lanes.ts';
import type { ArchiveEntry } from './script-entries.ts';
import { workBoard, type Task, type WorkBoard } from './work-board.ts';

/**
 * When all tables have rows and indexes: partitions' indexes join their parents', foreign keys are made for new rows only, which
 * takes no time. What checks the rows that are there, and ANALYZE where it is still to come, is put up on the board that is answered.
 */
export async function tieTogether(
  target: Session,
  {
    claim,
    blueprint,
    done,
    analysed,
  }: Omit<FollowUpOrder, 'board' | 'analysed'> & { readonly analysed: ReadonlySet<string> | null },
): Promise<WorkBoard<Lane>> {
  const { attachments, foreignKeys, tables, roots } = blueprint;
  const once = async (entry: Pick<ArchiveEntry, 'id' | 'sql'>): Promise<void> => {
    if (done.has(statementMark(entry))) return;
    await doMarked(target, claim, async () => void (await target.query(entry.sql)), statementMark(entry));
  };
  for (const entry of [...attachments, ...foreignKeys]) await once(entry);
  const board = workBoard<Lane>();
  const validations = foreignKeys.flatMap(({ validate }) => (validate === null ? [] : [validate]));
  const plain = tables
    .filter((table) => isAnalysed(table) && analysed?.has(table.name) !== true)
    .map(({ name }) => name);
  const analyses = [...roots, ...plain].map((name) => `ANALYZE ${name}`);
  board.add(
    ...[...validations, ...analyses].map((sql): Task<Lane> => ({
      kind: 'build',
      bytes: 0,
      run: async ({ target: { session }, memoryKb }) => {
        // In which a key is checked by one hash of the table it leads to.
        await session.query(`SET maintenance_work_mem = ${memoryKb}`);
        await session.query(sql);
      },
    })),
  );
  return board;
}

/**
 * The last transaction: materialised views, triggers, rules, policies and comments, then owners and privileges. Only when it has
 * committed, to disk, is the copy the application's, and the attempt's own work at an end.
 */
export async function complete(
  target: Session,
  { claim, blueprint }: Pick<FollowUpOrder, 'claim' | 'blueprint'>,
): Promise<void> {
  await target.transaction(async () => {
    await target.query(`SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off; SET LOCAL synchronous_commit = on;
      SET LOCAL session_replication_role = replica`);
    for (const { sql } of blueprint.last) await target.query(sql);
    for (const { kind, sql } of blueprint.last)
      if (kind === 'MATERIALIZED VIEW DATA') await target.query(sql.replace(/^REFRESH MATERIALIZED VIEW/, 'ANALYZE'));
    await demandClaim(target, claim);
    await giveToApplication(target, blueprint.shape, blueprint.byMaster);
    await target.query('UPDATE daybreak.live_copy SET finished_at = clock_timestamp()');
  });
}
