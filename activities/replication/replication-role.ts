import { randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from '../clients.ts';
import { scramVerifier } from '../postgres/scram-verifier.ts';

/**
 * Makes the role that subscriptions of the other side log in as, in the place of one there may be, and answers its random password.
 * The password is kept in one place only, the subscription, where nobody can read it again: who makes or mends a subscription makes
 * the role anew. (ALTER ROLE would not do: on 15 only a superuser may alter a role that replicates.) The statement carries a verifier,
 * so that a server's log has no password. Sessions of the old role live on.
 */
export async function renewReplicationRole(session: Session, role: string): Promise<string> {
  return await session.transaction(async () => {
    await dropIfThere(session, role);
    return await makeReplicationRole(session, role);
  });
}

/** Makes it where there is none, with a password that nobody knows. */
export async function ensureReplicationRole(session: Session, role: string): Promise<void> {
  if (!(await exists(session, role))) await renewReplicationRole(session, role);
}

/** Drops it with every privilege it has; answers whether it was there. From then on none of its subscriptions comes back. */
export async function dropReplicationRole(session: Session, role: string): Promise<boolean> {
  return await session.transaction(() => dropIfThere(session, role));
}

/**
 * Makes the role in the caller's transaction and answers its password. It may connect and replicate, and reads no table. On RDS the
 * right to replicate comes with membership in `rds_replication` (user guide, logical replication), elsewhere it is an attribute.
 */
export async function makeReplicationRole(session: Session, role: string): Promise<string> {
  const password = randomBytes(32).toString('base64url');
  const verifier = await scramVerifier(password);
  const name = escapeIdentifier(role);
  const [here] = await session.query<{ rds: boolean; database: string }>(
    `SELECT to_regrole('rds_replication') IS NOT NULL AS rds, quote_ident(current_database()) AS database`,
  );
  if (here === undefined) throw new Error('a SELECT without FROM answered no row');
  await session.query(`CREATE ROLE ${name} LOGIN PASSWORD ${escapeLiteral(verifier)}`);
  await session.query(here.rds ? `GRANT rds_replication TO ${name}` : `ALTER ROLE ${name} REPLICATION`);
  await session.query(`GRANT CONNECT ON DATABASE ${here.database} TO ${name}`);
  return password;
}

async function dropIfThere(session: Session, role: string): Promise<boolean> {
  if (!(await exists(session, role))) return false;
  const name = escapeIdentifier(role);
  // DROP OWNED is for members only; the creator is none by itself.
  await session.query(`GRANT ${name} TO CURRENT_USER`);
  await session.query(`DROP OWNED BY ${name}`);
  await session.query(`DROP ROLE ${name}`);
  return true;
}

async function exists(session: Session, role: string): Promise<boolean> {
  return (await session.query('SELECT FROM pg_roles WHERE rolname = $1', [role])).length > 0;
}
