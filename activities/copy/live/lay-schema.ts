import type { Session } from '../../clients.ts';
import { forgetFingerprints } from '../../verification/fingerprint-store.ts';
import { emptyTarget } from '../empty-target.ts';
import { makeSchemas } from '../groundwork.ts';
import { demandClaim, rolesOfCopies, type TargetClaim } from '../target-claim.ts';
import type { ReadBlueprint } from './blueprint.ts';

/** As pg_dump's script sets them; the lock limit bounds a wait for somebody who still looks at what is dropped. */
const SETTINGS = `SET LOCAL lock_timeout = '30s'; SET LOCAL row_security = off; SET LOCAL check_function_bodies = off;
  SET LOCAL xmloption = 'content'; SET LOCAL client_min_messages = 'warning'; SET LOCAL client_encoding = 'UTF8'`;

/**
 * Empties the target and makes the source's schema, all that rows need and no more, with the blueprint kept beside it: one
 * transaction, so that an attempt finds either all of it or none. What is made belongs to the master user until the copy is
 * complete. No role of the attempt's own is needed, as pg_restore needs one: every statement here demands the claim itself.
 */
export async function laySchema(
  target: Session,
  claim: TargetClaim,
  { migration, read }: { readonly migration: string; readonly read: ReadBlueprint },
): Promise<void> {
  await target.transaction(async () => {
    await demandClaim(target, claim);
    await target.query(SETTINGS);
    await forgetFingerprints(target);
    await emptyTarget(target, await rolesOfCopies(target, migration));
    await makeSchemas(target, read.blueprint.shape, 'CURRENT_USER');
    await target.query(`SET LOCAL search_path = ''`);
    await target.query(read.before);
    await target.query('UPDATE daybreak.live_copy SET blueprint = $1', [JSON.stringify(read.blueprint)]);
  });
}
