import type { Session } from '../clients.ts';
import type { Fingerprint } from './fingerprint.ts';

/** Fingerprints of the snapshot a copy was made from; they lie beside the copy, on the target. */
const TABLE = `CREATE TABLE IF NOT EXISTS daybreak.fingerprint (
  kind text NOT NULL, schema_name text NOT NULL, table_name text NOT NULL, rows bigint NOT NULL, hash numeric NOT NULL,
  PRIMARY KEY (kind, schema_name, table_name))`;

/** Replaces what is kept, within the caller's transaction. */
export async function keepFingerprints(session: Session, prints: readonly Fingerprint[]): Promise<void> {
  await session.query(TABLE);
  await session.query('DELETE FROM daybreak.fingerprint');
  await session.query(
    `INSERT INTO daybreak.fingerprint SELECT kind, schema, "table", rows, hash
       FROM jsonb_to_recordset($1) AS f(kind text, schema text, "table" text, rows bigint, hash numeric)`,
    [JSON.stringify(prints)],
  );
}

/** Within the caller's transaction: what is kept belongs to a copy that is about to go. */
export async function forgetFingerprints(session: Session): Promise<void> {
  await session.query(TABLE);
  await session.query('DELETE FROM daybreak.fingerprint');
}

/** Empty where no finished copy stands. */
export async function readFingerprints(session: Session): Promise<Fingerprint[]> {
  const [found] = await session.query<{ at: string | null }>(`SELECT to_regclass('daybreak.fingerprint') AS at`);
  if (found?.at == null) return [];
  return session.query<Fingerprint>(
    `SELECT kind, schema_name AS schema, table_name AS table, rows::text, hash::text FROM daybreak.fingerprint`,
  );
}
