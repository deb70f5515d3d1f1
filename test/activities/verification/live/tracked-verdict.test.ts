import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { VerifyFacts } from '../../../../activities/contract.ts';
import { cutOver } from '../../../../activities/cutover/cut-over.ts';
import { wayBackVerdict } from '../../../../activities/soak/way-back-verdict.ts';
import { dropTracker } from '../../../../activities/verification/live/drop-tracker.ts';
import { trackedVerdict } from '../../../../activities/verification/live/tracked-verdict.ts';
import { ensureTrackerSlot } from '../../../../activities/verification/live/tracker-slot.ts';
import { replicationNames } from '../../../../model/names.ts';
import { until } from '../../../until.ts';
import { compareAll, openFollowingStage } from '../../cutover/following-stage.ts';
import { MIGRATION, type Stage } from '../../cutover/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openFollowingStage('15');
});
afterEach(() => stage.reset());
afterAll(() => stage.stop());

async function cutOverHere(): Promise<void> {
  await compareAll(stage, 'source-to-target');
  await cutOver(stage.order(stage.handOver('a'), 10));
}

/** What is known of both sides after a cutover without comparing all rows; null: nothing that would do. */
function tracked(): Promise<VerifyFacts | null> {
  const { clients, source, target } = stage.pair;
  return trackedVerdict(clients, { migration: MIGRATION, source, target }, new AbortController().signal);
}

const endTracking = (): Promise<unknown> =>
  dropTracker(stage.pair.clients)({ migration: MIGRATION, side: stage.pair.target });

/** As a superuser who passes every trigger: nobody else could write there. */
const onFencedSource = (change: string): Promise<unknown> =>
  stage.ask('source', `SET session_replication_role = replica; ${change}; RESET session_replication_role`);

async function renewTracker(): Promise<void> {
  await endTracking();
  const { clients, target } = stage.pair;
  await using session = await clients.openSession(target, { name: 'test' });
  await ensureTrackerSlot(session, replicationNames(MIGRATION).tracker);
}

test('before a way back only what changed since the opening is compared', async () => {
  await stage.ask('source', `INSERT INTO ledger SELECT 'old ' || n, n FROM generate_series(1, 5000) n`);
  await cutOverHere();
  await stage.ask('target', `INSERT INTO ledger VALUES ('new', 1); UPDATE ledger SET n = 0 WHERE id = 'old 7'`);
  expect(await tracked()).toEqual({ tables: 2, rows: 2, differing: [], differences: 0 });
  expect(await tracked()).toMatchObject({ rows: 0 });
});

test.each<[string, () => Promise<unknown>]>([
  ['differs already', () => onFencedSource(`UPDATE ledger SET n = -1 WHERE id = 'new'`)],
  ['has a table that was emptied since', () => stage.ask('target', 'TRUNCATE "Mixed Case"')],
  ['has other large objects', () => stage.ask('target', 'SELECT lo_from_bytea(4711, $$later$$)')],
  ['is not tracked any more', () => endTracking()],
  ['was given up by its tracker, which was made anew', renewTracker],
])('every row has to be compared where a side %s', async (_, deed) => {
  await cutOverHere();
  await stage.ask('target', `INSERT INTO ledger VALUES ('new', 1)`);
  await until(
    'the source has it',
    async () => (await stage.ask('source', `SELECT FROM ledger WHERE id = 'new'`)).length > 0,
  );
  await deed();
  expect(await tracked()).toBeNull();
  await stage.ask('target', 'SELECT lo_unlink(oid) FROM pg_largeobject_metadata');
});

test('the soak carries it along, and tells of a row that differs', async () => {
  await cutOverHere();
  const { clients, source, target } = stage.pair;
  const look = () => wayBackVerdict(clients, { migration: MIGRATION, source, target }, new AbortController().signal);
  await stage.ask('target', `INSERT INTO ledger VALUES ('one', 1), ('two', 2)`);
  expect(await look()).toEqual([]);
  expect(await tracked()).toMatchObject({ rows: 0 });
  await onFencedSource(`DELETE FROM ledger WHERE id = 'one'`);
  await stage.ask('target', `UPDATE ledger SET n = 3 WHERE id = 'one'`);
  expect(await look()).toEqual([expect.stringContaining('the source differs in public.ledger')]);
});
