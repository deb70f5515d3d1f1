import { escapeIdentifier } from 'pg';
import type { Session } from '../clients.ts';
import { setPrivileges } from '../postgres/privileges.ts';
import type { Fingerprint } from '../verification/fingerprint.ts';
import { keepFingerprints } from '../verification/fingerprint-store.ts';
import { dropCopyRole } from './empty-target.ts';
import type { OwnedObject, SourceShape } from './source-shape.ts';
import { demandClaim, type TargetClaim } from './target-claim.ts';

export interface CopiedFacts {
  readonly shape: SourceShape;
  /** Privileges, default privileges and event triggers, as pg_restore writes them, fit for a transaction. */
  readonly script: string;
  readonly prints: readonly Fingerprint[];
}

/**
 * Makes the restored rows the application's: owners, then privileges, then the fingerprints to compare with; and drops the
 * attempt's role, so that no pg_restore can ever write here again. One transaction that demands the claim: until it commits
 * nobody but Daybreak can see the copy.
 */
export async function finishCopy(target: Session, claim: TargetClaim, facts: CopiedFacts): Promise<void> {
  const { shape, script, prints } = facts;
  await target.transaction(async () => {
    await demandClaim(target, claim);
    await target.query(`SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off`);
    await giveToApplication(target, shape, script);
    await dropCopyRole(target, claim.role);
    await keepFingerprints(target, prints);
  });
}

/** Owners, then what `script` says of privileges and event triggers; in a transaction of the caller's. */
export async function giveToApplication(target: Session, shape: SourceShape, script: string): Promise<void> {
  await giveOwners(target, shape);
  if (script.trim() !== '') await target.query(script);
  for (const { name, privileges } of shape.schemas) await setPrivileges(target, { kind: 'SCHEMA', name }, privileges);
}

/** Privileges come after: a change of owner carries the old owner's privileges over to the new one. */
async function giveOwners(target: Session, { schemas, owned }: SourceShape): Promise<void> {
  // An owner needs CREATE on the schema in the moment it is made owner, which on the source it may have lost since.
  const places = new Map(owned.map(({ schema, owner }) => [JSON.stringify([schema, owner]), { schema, owner }]));
  for (const { schema, owner } of places.values())
    if (schema !== null)
      await target.query(`GRANT USAGE, CREATE ON SCHEMA ${escapeIdentifier(schema)} TO ${escapeIdentifier(owner)}`);
  // In one text: behind a fence every round trip counts.
  if (owned.length > 0) await target.query(owned.map(ownership).join(';'));
  for (const { name, owner } of schemas) {
    const to = owner === null ? 'CURRENT_USER' : escapeIdentifier(owner);
    await target.query(`ALTER SCHEMA ${escapeIdentifier(name)} OWNER TO ${to}`);
  }
}

/** Kinds that ALTER calls otherwise than pg_identify_object. */
const SPOKEN: Readonly<Record<string, string>> = {
  'statistics object': 'STATISTICS',
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
};

const ownership = ({ type, identity, owner }: OwnedObject): string =>
  `ALTER ${SPOKEN[type] ?? type.toUpperCase()} ${identity} OWNER TO ${escapeIdentifier(owner)}`;
