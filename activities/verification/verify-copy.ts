import { sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides, VerifyFacts } from '../contract.ts';
import { failure } from '../failure.ts';
import { fingerprintAll, HASH_SETTINGS, type Fingerprint } from './fingerprint.ts';
import { readFingerprints } from './fingerprint-store.ts';

/** Tables hashed side by side on the target. */
const LANES = 4;
/** As many names of differing tables as a person reads. */
const NAMED = 20;

export interface VerifyInput extends Sides {
  /** Of the attempt inside a fenced section; 0 or absent outside. */
  readonly token?: number;
}

/**
 * Recomputes every fingerprint on the target and compares it with that of the snapshot the copy was made from; a table that is
 * missing or too many differs too. A difference is a finding, not an error. Throws `VerificationFailed` where no finished copy
 * stands, since nothing was compared.
 */
export async function verifyCopy(
  clients: Clients,
  { migration, target, token = 0 }: VerifyInput,
  onTable: (done: number, of: number) => void = () => undefined,
): Promise<VerifyFacts> {
  const options = { name: sessionName(migration, token), statementTimeoutMs: 0 };
  const sessions: Session[] = [];
  try {
    for (let lane = 0; lane < LANES; lane += 1) sessions.push(await clients.openSession(target, options));
    await Promise.all(sessions.map((session) => session.query(HASH_SETTINGS)));
    const wanted = await readFingerprints(sessions[0] ?? (await clients.openSession(target, options)));
    if (wanted.length === 0)
      throw failure('VerificationFailed', 'found no finished copy on the target; wanted one to compare');
    return compare(wanted, await fingerprintAll(sessions, onTable));
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

export function compare(wanted: readonly Fingerprint[], found: readonly Fingerprint[]): VerifyFacts {
  const key = ({ kind, schema, table }: Fingerprint): string => JSON.stringify([kind, schema, table]);
  const copies = new Map(found.map((print) => [key(print), print]));
  const known = new Set(wanted.map(key));
  const differing = [
    ...wanted.filter((print) => {
      const copy = copies.get(key(print));
      return copy === undefined || copy.rows !== print.rows || copy.hash !== print.hash;
    }),
    ...found.filter((print) => !known.has(key(print))),
  ];
  const names = differing.map(({ schema, table }) => `${schema}.${table}`).toSorted();
  const tables = found.filter(({ kind }) => kind === 'table');
  const rows = tables.reduce((sum, print) => sum + Number(print.rows), 0);
  return { tables: tables.length, rows, differing: names.slice(0, NAMED), differences: names.length };
}
