import { isSourcesRow, type Custody, type CustodyState, type Deed, type Refusal } from '../../model/custody.ts';
import type { FailureType } from '../../model/failure.ts';
import type { SideCustody } from '../../model/rescue.ts';
import { sessionName, tokenOfSession } from '../../model/names.ts';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import { isStandby } from '../postgres/is-standby.ts';
import { CUSTODY_SCHEMA } from './custody-schema.ts';

/** The custody row of one side: a thin shell around the machine in `model/custody.ts`. */

interface Row {
  migration: string;
  run: string;
  state: CustodyState;
  before: 'open' | 'taken' | null;
  token: string;
  hand_over: string | null;
  deadline_ms: string | null;
  fenced_at_ms: string | null;
}

export interface HeldCustody extends SideCustody {
  readonly migration: string;
  readonly run: string;
}

const SELECT = `SELECT migration, run, state, before, token, hand_over,
  floor(extract(epoch FROM deadline) * 1000)::bigint AS deadline_ms,
  floor(extract(epoch FROM fenced_at) * 1000)::bigint AS fenced_at_ms FROM daybreak.custody`;

const fromRow = (row: Row): HeldCustody => ({
  migration: row.migration,
  run: row.run,
  state: row.state,
  before: row.before,
  token: Number(row.token),
  handOver: row.hand_over,
  deadlineMs: milliseconds(row.deadline_ms),
  fencedAtMs: milliseconds(row.fenced_at_ms),
});

const milliseconds = (text: string | null): number | null => (text === null ? null : Number(text));

/**
 * Makes schema `daybreak` and the row, once. Throws `CustodyHeldElsewhere` where another run's row stands: two runs on one database
 * would each believe they decide who writes. So it does where writes have been handed over since: a run that was reset begins again
 * under its own name, yet not from a world that its predecessor has left.
 */
export async function installCustody(
  session: Session,
  row: { migration: string; run: string; state: 'open' | 'closed' },
): Promise<void> {
  await session.transaction(async () => {
    await session.query(CUSTODY_SCHEMA);
    await session.query(
      `INSERT INTO daybreak.custody (migration, run, state) VALUES ($1, $2, $3) ON CONFLICT (one) DO NOTHING`,
      [row.migration, row.run, row.state],
    );
    const held = await readCustodyRow(session);
    if (held?.migration === row.migration && held.run === row.run && held.state === row.state) return;
    throw failure(
      'CustodyHeldElsewhere',
      `custody is held by run ${held?.run} of ${held?.migration} (${held?.state}); wanted run ${row.run} of ${row.migration} (${row.state})`,
    );
  });
}

/** Null where the side has no schema `daybreak`. */
export async function readCustodyRow(session: Session): Promise<HeldCustody | null> {
  const [found] = await session.query<{ at: string | null }>(`SELECT to_regclass('daybreak.custody') AS at`);
  if (found?.at == null) return null;
  const [row] = await session.query<Row>(SELECT);
  return row === undefined ? null : fromRow(row);
}

/** Custody of the target; null too where the row only came along in a copy of the source's files. */
export async function readTargetRow(session: Session): Promise<HeldCustody | null> {
  const held = await readCustodyRow(session);
  if (held === null || isSourcesRow(held)) return null;
  return (await isStandby(session)) ? null : held;
}

/**
 * Does one deed of the machine in the transaction that is open on `session`: locks the row, decides, writes.
 * `nowMs` is this side's clock, read after the lock. Throws the failure that fits a refusal.
 */
export async function doDeed(session: Session, deed: (custody: Custody, nowMs: number) => Deed): Promise<Custody> {
  // The clock is read once the row is locked: whoever waits for it has lost that time.
  const [row] = await session.query<Row & { now: string }>(
    `WITH held AS MATERIALIZED (${SELECT} FOR UPDATE)
     SELECT held.*, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now FROM held`,
  );
  if (row === undefined)
    throw failure('CustodyHeldElsewhere', 'the custody row is gone: somebody removed schema daybreak');
  const held = fromRow(row);
  const result = deed(held, Number(row.now));
  if ('refused' in result) throw refusal(result.refused, held);
  const { state, before, token, handOver, deadlineMs } = result.custody;
  await session.query(
    `UPDATE daybreak.custody SET state = $1, before = $2, token = $3, hand_over = $4,
            deadline = to_timestamp($5::double precision / 1000), updated_at = clock_timestamp()`,
    [state, before, token, handOver, deadlineMs],
  );
  return result.custody;
}

const REFUSALS: Record<Refusal, FailureType> = {
  'token-outdated': 'TokenOutdated',
  'not-writable': 'CustodyHeldElsewhere',
  'not-takeable': 'CustodyHeldElsewhere',
  'not-fenced': 'PauseOverrun',
  'past-deadline': 'PauseOverrun',
  'already-given-back': 'WritesGivenBack',
};

const refusal = (refused: Refusal, held: Custody): Error =>
  failure(REFUSALS[refused], `custody refused: ${refused} (found ${held.state}, token ${held.token})`);

/** Locks the row, in the transaction that is open if there is one, and throws `TokenOutdated` unless `token` still holds custody of this side. */
export async function checkToken(session: Session, token: number): Promise<void> {
  const [row] = await session.query<{ token: string }>('SELECT token FROM daybreak.custody FOR UPDATE');
  if (Number(row?.token) !== token)
    throw failure('TokenOutdated', `attempt ${token} was overtaken by ${row?.token ?? 'nobody: custody is gone'}`);
}

/** Ends the sessions that earlier attempts of this migration still hold on this side; answers how many. */
export async function endOlderSessions(session: Session, migration: string, token: number): Promise<number> {
  const sessions = await session.query<{ pid: number; application_name: string }>(
    `SELECT pid, application_name FROM pg_stat_activity WHERE application_name LIKE $1 AND pid <> pg_backend_pid()`,
    [`${sessionName(migration, 0).slice(0, -1)}%`],
  );
  const older = sessions.filter(({ application_name: name }) => (tokenOfSession(migration, name) ?? token) < token);
  await session.query('SELECT pg_terminate_backend(pid, 2000) FROM unnest($1::int[]) pid', [
    older.map(({ pid }) => pid),
  ]);
  return older.length;
}
