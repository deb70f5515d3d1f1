import { execa, ExecaError } from 'execa';
import { createInterface } from 'node:readline';
import type { Clients } from '../clients.ts';
import type { Login } from '../contract.ts';
import { failure } from '../failure.ts';
import { programFailure } from './program-failure.ts';

export interface ProgramRun {
  readonly program: 'pg_dump' | 'pg_restore';
  readonly args: readonly string[];
  /** Null: it works on files only. */
  readonly login: Login | null;
  /** `application_name`. */
  readonly name: string;
  /** Server settings for its sessions, beside those every session of ours has. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** How long a program that was asked to end may take before it is ended. */
const END_LIMIT_MS = 5_000;

/**
 * Runs one of PostgreSQL's programs to its end, or ends it on abort; either way it is gone when this settles.
 * Answers what it wrote to stdout. `onLine` gets each line of its report. Nothing secret is in its arguments, and its environment
 * is what is listed here. Throws `CopyFailed` or `DatabaseUnreachable`, on abort the signal's reason.
 */
export async function runProgram(
  clients: Clients,
  run: ProgramRun,
  abort: AbortSignal,
  onLine: (line: string) => void = () => undefined,
): Promise<string> {
  abort.throwIfAborted();
  const file = run.program === 'pg_dump' ? clients.programs.pgDump : clients.programs.pgRestore;
  const subprocess = execa(file, run.args, {
    extendEnv: false,
    env: await environment(clients, run),
    stdin: 'ignore',
    buffer: { stderr: false },
    cancelSignal: abort,
    forceKillAfterDelay: END_LIMIT_MS,
  });
  const errors: string[] = [];
  createInterface({ input: subprocess.stderr }).on('line', (line) => {
    const error = /^pg_\w+: error: (.*)$/.exec(line)?.[1];
    if (error !== undefined) errors.push(error);
    else onLine(line);
  });
  try {
    return (await subprocess).stdout;
  } catch (error) {
    abort.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    if (error.exitCode === undefined && error.signal === undefined)
      throw failure('CopyFailed', `${run.program} could not be started from ${file} (${error.code})`);
    throw programFailure(run.program, errors, String(error.signal ?? error.exitCode));
  }
}

async function environment(
  clients: Clients,
  { login, name, settings = {} }: ProgramRun,
): Promise<Record<string, string>> {
  const base = { LC_ALL: 'C', PGCLIENTENCODING: 'UTF8' };
  if (login === null) return base;
  const all = {
    default_transaction_read_only: 'off',
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    ...settings,
  };
  return {
    ...base,
    PGHOST: login.host,
    PGPORT: String(login.port),
    PGUSER: login.user,
    PGPASSWORD: await clients.readSecret(login.password),
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: clients.caFile,
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: name,
    PGOPTIONS: Object.entries(all)
      .map(([setting, value]) => `-c ${setting}=${value}`)
      .join(' '),
  };
}

/** The database as a connection string, so that a name such as `a=b` is not taken for one. */
export const databaseArgument = ({ database }: Login): string =>
  `--dbname=dbname='${database.replaceAll('\\', '\\\\').replaceAll(`'`, `\\'`)}'`;
