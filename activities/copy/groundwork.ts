import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from '../clients.ts';
import { serverMajor } from '../postgres/server-major.ts';
import { forgetFingerprints } from '../verification/fingerprint-store.ts';
import { emptyTarget } from './empty-target.ts';
import type { SourceShape } from './source-shape.ts';
import { demandClaim, rolesOfCopies, type TargetClaim } from './target-claim.ts';

/** Longest wait for somebody who still looks at what is to be dropped. */
const LOCK_LIMIT = '30s';

/**
 * Empties the target and prepares it for pg_restore, all in one transaction that demands the claim: the attempt's role, the
 * schemas, owned by it for the time being, and the extensions, which only the master user can make.
 */
export async function layGroundwork(
  target: Session,
  migration: string,
  claim: TargetClaim,
  shape: SourceShape,
): Promise<void> {
  await target.transaction(async () => {
    await demandClaim(target, claim);
    await target.query(`SET LOCAL lock_timeout = '${LOCK_LIMIT}'; SET LOCAL row_security = off`);
    await forgetFingerprints(target);
    await emptyTarget(target, await rolesOfCopies(target, migration));
    await makeRole(target, claim.role);
    await makeSchemas(target, shape, escapeIdentifier(claim.role));
    for (const { grant } of await target.query<{ grant: string }>(NEEDED_GRANTS, [claim.role]))
      await target.query(grant);
  });
}

/** Schemas, owned by `owner` (quoted, or CURRENT_USER) for the time being, and extensions, which only the master user can make. */
export async function makeSchemas(target: Session, shape: SourceShape, owner: string): Promise<void> {
  for (const { name, comment } of shape.schemas) {
    await target.query(`CREATE SCHEMA ${escapeIdentifier(name)} AUTHORIZATION ${owner}`);
    if (comment !== null)
      await target.query(`COMMENT ON SCHEMA ${escapeIdentifier(name)} IS ${escapeLiteral(comment)}`);
  }
  for (const { name, schema } of shape.extensions)
    await target.query(`CREATE EXTENSION ${escapeIdentifier(name)} SCHEMA ${escapeIdentifier(schema)}`);
}

/** NOLOGIN: it is taken on by the master user's login, and only as long as that is a member of it. */
async function makeRole(target: Session, role: string): Promise<void> {
  const name = escapeIdentifier(role);
  await target.query(`CREATE ROLE ${name} NOLOGIN`);
  const options = (await serverMajor(target)) >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : '';
  await target.query(`GRANT ${name} TO CURRENT_USER${options}`);
}

/** Rows that an extension keeps for its user, and the makers of foreign servers: as far as the master user may share them. */
const NEEDED_GRANTS = `
SELECT format('GRANT ALL ON %s TO %I', c.oid::regclass, $1::text) AS grant
  FROM pg_extension e, unnest(e.extconfig) AS config JOIN pg_class c ON c.oid = config WHERE pg_has_role(c.relowner, 'USAGE')
UNION ALL
SELECT format('GRANT USAGE ON FOREIGN DATA WRAPPER %I TO %I', fdwname, $1::text) FROM pg_foreign_data_wrapper
 WHERE has_foreign_data_wrapper_privilege(oid, 'USAGE WITH GRANT OPTION')`;
