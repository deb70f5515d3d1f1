import { randomBytes } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { isWritable } from '../../model/custody.ts';
import { sessionName, shortId } from '../../model/names.ts';
import type { Session } from '../clients.ts';
import { checkToken, endOlderSessions, readCustodyRow } from '../cutover/custody-store.ts';
import { failure } from '../failure.ts';

/**
 * An attempt's right to write the copy. `role` is a role of its own, made with the claim and dropped when the copy is finished:
 * pg_restore takes it on at login, so that one which was frozen and comes back later finds no role to log in with.
 * See docs/decisions/0002-a-role-for-every-copy.md.
 */
export interface TargetClaim {
  readonly token: number;
  readonly attempt: string;
  readonly role: string;
}

const COPY_TABLE = `CREATE TABLE IF NOT EXISTS daybreak.copy (
  one boolean PRIMARY KEY DEFAULT true CHECK (one), attempt text NOT NULL)`;

/** Roles of copies of this migration, whoever's attempt made them. */
const copyRoles = (migration: string): string => `daybreak_${shortId(migration)}_`;

/**
 * Claims the target for a copy and shuts out every earlier attempt: its role can no longer be taken on, its sessions are ended.
 * Inside a fenced section the token decides. A rehearsal (token 0) may only start while the source takes writes, and only if
 * nobody else claimed the target since it looked: so a belated one never empties a target that a cutover has filled.
 * Throws `TokenOutdated` where a later attempt was here, `CustodyHeldElsewhere` where the target is not one to be filled.
 */
export async function claimTarget(
  openSource: () => Promise<Session>,
  target: Session,
  { migration, token }: { readonly migration: string; readonly token: number },
): Promise<TargetClaim> {
  const seen = await claimedBy(target);
  // In this order: a cutover that fills the target has fenced the source before it claims.
  if (token === 0) await demandWritableSource(openSource);
  const attempt = randomBytes(4).toString('hex');
  await target.transaction(async () => {
    await demandFillable(target, token);
    await target.query(COPY_TABLE);
    const now = await claimedBy(target);
    if (token === 0 && now !== seen) throw overtaken(now);
    await target.query(
      `INSERT INTO daybreak.copy (attempt) VALUES ($1) ON CONFLICT (one) DO UPDATE SET attempt = excluded.attempt`,
      [attempt],
    );
    for (const role of await rolesOfCopies(target, migration))
      await target.query(`REVOKE ${escapeIdentifier(role)} FROM CURRENT_USER`);
  });
  await endOtherCopies(target, migration, token);
  return { token, attempt, role: `${copyRoles(migration)}${attempt}` };
}

/** Within a transaction of the caller's: locks custody and demands that the claim still holds. Throws `TokenOutdated`. */
export async function demandClaim(target: Session, { token, attempt }: TargetClaim): Promise<void> {
  await demandFillable(target, token);
  const now = await claimedBy(target);
  if (now !== attempt) throw overtaken(now);
}

export async function rolesOfCopies(target: Session, migration: string): Promise<string[]> {
  const roles = await target.query<{ rolname: string }>(
    'SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1) ORDER BY 1',
    [copyRoles(migration)],
  );
  return roles.map(({ rolname }) => rolname);
}

async function demandFillable(target: Session, token: number): Promise<void> {
  if (token > 0) await checkToken(target, token);
  else await target.query('SELECT FROM daybreak.custody FOR UPDATE');
  const held = await readCustodyRow(target);
  if (held?.state === 'closed' || (token > 0 && held?.state === 'given')) return;
  throw failure(
    'CustodyHeldElsewhere',
    `custody of the target is ${held?.state ?? 'absent'}; wanted closed before it is filled`,
  );
}

async function demandWritableSource(openSource: () => Promise<Session>): Promise<void> {
  await using source = await openSource();
  const held = await readCustodyRow(source);
  if (held === null || isWritable(held)) return;
  throw failure('CustodyHeldElsewhere', `custody of the source is ${held.state}; a rehearsal wants it to take writes`);
}

async function claimedBy(target: Session): Promise<string | null> {
  const [found] = await target.query<{ at: string | null }>(`SELECT to_regclass('daybreak.copy') AS at`);
  if (found?.at == null) return null;
  const [row] = await target.query<{ attempt: string }>('SELECT attempt FROM daybreak.copy');
  return row?.attempt ?? null;
}

const overtaken = (by: string | null): Error =>
  failure(
    'TokenOutdated',
    `another copy, ${by ?? 'unknown'}, claimed the target meanwhile; this one changed nothing more`,
  );

/** All rehearsals bear the same name; the sessions of this attempt are the caller's one and none yet besides. */
async function endOtherCopies(target: Session, migration: string, token: number): Promise<void> {
  await endOlderSessions(target, migration, token);
  if (token > 0) return;
  await target.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()`,
    [sessionName(migration, token)],
  );
}
