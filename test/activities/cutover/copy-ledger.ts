import type { AttemptOrder } from '../../../activities/cutover/attempt.ts';
import { checkToken } from '../../../activities/cutover/custody-store.ts';
import { durableSection, type BehindTheFence } from '../../../activities/cutover/durable-section.ts';
import { handOverWrites } from '../../../activities/cutover/hand-over.ts';
import type { HandOverFacts } from '../../../model/progress.ts';

/** The hand-over as strategies that copy behind the fence make it. */
export const handOverBehindFence = (order: AttemptOrder, behindTheFence: BehindTheFence): Promise<HandOverFacts> =>
  handOverWrites(order, durableSection(behindTheFence));

/** Stands for the copy where a test is about custody: moves the ledger's rows, as every deed under the token. */
export const copyLedger: BehindTheFence = async ({ giver, taker, token, handOver }) => {
  const [owner] = handOver.plan.roles;
  const rows = await giver.query<{ id: string; n: number }>('SELECT id, n FROM ledger');
  await taker.transaction(async () => {
    await checkToken(taker, token);
    await taker.query('DROP TABLE ledger; CREATE TABLE ledger (id text PRIMARY KEY, n int NOT NULL)');
    await taker.query(`GRANT SELECT ON ledger TO app_ro; ALTER TABLE ledger OWNER TO ${owner?.name}`);
    await taker.query('INSERT INTO ledger SELECT * FROM jsonb_to_recordset($1) AS r(id text, n int)', [
      JSON.stringify(rows),
    ]);
  });
  return { tables: 1, rows: rows.length, writesLost: 0 };
};
