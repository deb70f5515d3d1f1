import { sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides, VerifyFacts } from '../contract.ts';
import { failure } from '../failure.ts';
import { fingerprintAll, type Fingerprint } from './fingerprint.ts';
import { readFingerprints } from './fingerprint-store.ts';
import { withHashSessions } from './hash-sessions.ts';

/** Tables hashed side by side on the target. */
const LANES = 4;
/** As many names of differing tables as a person reads. */
const NAMED = 20;

export interface VerifyInput extends Sides {
  /** Of the attempt inside a fenced section; 0 or absent outside. */
  readonly token?: number;
}

export interface VerifySignals {
  /** Ends the verification; its reason is thrown. */
  readonly abort?: AbortSignal;
  /** Told how many tables are done. */
  readonly onTable?: (done: number, of: number) => void;
}

/**
 * Recomputes every fingerprint on the target and compares it with that of the snapshot the copy was made from; a table that is
 * missing or too many differs too. A difference is a finding, not an error. Throws `VerificationFailed` where no finished copy
 * stands, since nothing was compared.
 */
export async function verifyCopy(
  clients: Clients,
  { migration, target, token = 0 }: VerifyInput,
  { abort = new AbortController().signal, onTable = () => undefined }: VerifySignals = {},
): Promise<VerifyFacts> {
  const open = (): Promise<Session> =>
    clients.openSession(target, { name: sessionName(migration, token), statementTimeoutMs: 0 });
  return withHashSessions(open, LANES, abort, async (sessions) => {
    const wanted = sessions[0] === undefined ? [] : await readFingerprints(sessions[0]);
    if (wanted.length === 0)
      throw failure('VerificationFailed', 'found no finished copy on the target; wanted one to compare');
    return compare(wanted, await fingerprintAll(sessions, onTable));
  });
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
