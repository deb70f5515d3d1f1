import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../../model/failure.ts';
import { failure } from '../failure.ts';

/**
 * SQLSTATEs and errors of the network become failures of ours here, at the border: what PostgreSQL says in DETAIL, CONTEXT,
 * HINT or the statement's text never passes, for it may hold a row or a password.
 * Codes: PostgreSQL manual, appendix A.
 */

/** The server is not there, not yet, not any more, or too busy: the same deed may succeed later. */
const PASSING = /^(08|53|57|58)|^(25P0[34]|40001|40P01|55006|55P03)$/;
const NETWORK = /^(E(CONN|HOST|NET|PIPE|TIMEDOUT|NOTFOUND|AI_)|UND_ERR)/;
/** What `pg` itself says about a lost connection, which carries no code. */
const LOST = /^(Connection terminated|Client (was closed|has encountered)|Query read timeout|timeout expired)/;
/** Refusals of the certificate by Node's TLS, and of TLS by the server. */
const DISTRUST = /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
const NO_TLS = /^(The server does not support SSL|There was an error establishing an SSL)/;
/** Classes whose primary message may quote a value or the statement: bad data, code in the database, syntax. */
const QUOTING = /^(21|22|38|39|P0|XX)|^(42601|42P10|57014)$/;

/** The five characters of PostgreSQL's error code, in a raw error or in a failure made from one; null if there is none. */
export function sqlStateOf(error: unknown): string | null {
  const code = codeOf(error);
  return code !== null && /^(\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/.test(code) ? code : null;
}

/**
 * Translates what a session, `pg` or the network threw; a failure of ours and a bug (a TypeError, say) pass unchanged.
 * `where` names the side for people, e.g. `db.example:5432/app`; never a user name with a password.
 */
export function postgresFailure(error: unknown, where: string): unknown {
  if (error instanceof ApplicationFailure || !(error instanceof Error)) return error;
  const code = codeOf(error);
  const state = sqlStateOf(error);
  const fail = (type: FailureType, what: string) => failure(type, `${where}: ${what}`, code === null ? {} : { code });
  if (state !== null)
    return fail(PASSING.test(state) ? 'DatabaseUnreachable' : 'DatabaseRefused', spoken(error, state));
  if (code !== null && DISTRUST.test(code))
    return fail(
      'DatabaseRefused',
      `its certificate is not trusted (${code}): wanted one of this host, signed by a known root`,
    );
  if (code !== null && NETWORK.test(code)) return fail('DatabaseUnreachable', `no connection (${code})`);
  if (NO_TLS.test(error.message)) return fail('DatabaseRefused', 'it speaks no TLS, and nothing else is accepted');
  if (LOST.test(error.message)) return fail('DatabaseUnreachable', error.message.toLowerCase());
  return error;
}

/** One line of what the server said, or only its code and the object it names where the words may quote a row. */
function spoken(error: Error, state: string): string {
  if (state === '57014') return 'the statement was cancelled or ran into its time limit';
  if (!QUOTING.test(state)) return `${error.message} (${state})`;
  const named = ['schema', 'table', 'column', 'constraint', 'dataType'] as const;
  const objects = named.flatMap((key) => {
    const value: unknown = Reflect.get(error, key);
    return typeof value === 'string' ? [`${key} ${value}`] : [];
  });
  return `SQLSTATE ${state}${objects.length === 0 ? '' : ` at ${objects.join(', ')}`}; the words may quote a row and are left out`;
}

function codeOf(error: unknown): string | null {
  if (error instanceof ApplicationFailure) {
    const [detail]: unknown[] = error.details ?? [];
    return typeof detail === 'object' && detail !== null ? textOf(Reflect.get(detail, 'code')) : null;
  }
  return error instanceof Error ? textOf(Reflect.get(error, 'code')) : null;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
