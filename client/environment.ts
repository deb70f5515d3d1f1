import { userInfo } from 'node:os';
import { DateTime } from 'luxon';

/** What the CLI takes from its surroundings. The connection's own variables are read by Temporal's envconfig. */
export interface Environment {
  /** `DAYBREAK_ACTOR`: who acts, where `--as` or `--operator` is left out. */
  readonly actor: string | null;
  /** Name of the account that runs the command. */
  readonly login: string;
  /** `NO_COLOR` (https://no-color.org) is set and not empty. */
  readonly noColor: boolean;
  /** `DEBUG` is set: unexpected errors show their stack. */
  readonly debug: boolean;
  /** IANA name of the local time zone. */
  readonly zone: string;
  /** `PG_BIN`: folder of PostgreSQL's client programs. */
  readonly pgBin: string | null;
  /** `TERM` is one that cannot move its cursor. */
  readonly dumb: boolean;
}

export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  return {
    actor: given(env['DAYBREAK_ACTOR']),
    login: loginName(),
    noColor: given(env['NO_COLOR']) !== null,
    debug: given(env['DEBUG']) !== null,
    zone: DateTime.local().zoneName,
    pgBin: given(env['PG_BIN']),
    dumb: env['TERM'] === 'dumb',
  };
}

const given = (value: string | undefined): string | null => (value === undefined || value === '' ? null : value);

function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry in the user database, as in containers run under a bare number.
    return 'unknown';
  }
}
