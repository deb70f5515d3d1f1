import which from 'which';
import type { Environment } from '../environment.ts';
import type { Check } from './check.ts';

/** What the copy calls, and every worker of the copy queue needs. */
const PROGRAMS = ['pg_dump', 'pg_restore'];

/** Looks on this machine only, which need not be the worker's: what is missing here is a warning. */
export const programChecks = async (environment: Environment): Promise<Check[]> =>
  await Promise.all(PROGRAMS.map(async (name) => await programCheck(name, environment)));

async function programCheck(name: string, { pgBin }: Environment): Promise<Check> {
  const path = (await found(name, pgBin ?? undefined)) ?? (await found(name, undefined));
  if (path !== null) return { name, state: 'ok', found: path, remedy: null };
  return {
    name,
    state: 'warning',
    found: 'neither in PG_BIN nor in PATH of this machine; a worker also looks where Debian and Homebrew put them',
    remedy: 'where a copy worker runs: install PostgreSQL’s client programs, or set PG_BIN to their folder',
  };
}

const found = async (name: string, path: string | undefined): Promise<string | null> =>
  await which(name, { nothrow: true, ...(path === undefined ? {} : { path }) });
