import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import which from 'which';
import type { Clients } from '../activities/clients.ts';
import type { WorkerConfig } from './config.ts';
import { StartFailure } from './start-failure.ts';

const DEBIAN = '/usr/lib/postgresql';
const HOMEBREW = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'];
const REMEDY =
  'install them (Debian: apt-get install postgresql-client; Homebrew: brew install libpq) or set PG_BIN to their folder';

/** Absolute paths of PostgreSQL's client programs, both from one folder. Throws a `StartFailure` with the remedy. */
export async function locatePrograms({
  pgBin,
  searchPath,
}: Pick<WorkerConfig, 'pgBin' | 'searchPath'>): Promise<Clients['programs']> {
  if (pgBin !== null) {
    const named = await programsIn(pgBin);
    if (named === null)
      throw new StartFailure(2, `PG_BIN=${pgBin} has no pg_dump and pg_restore that may be run: ${REMEDY}`);
    return named;
  }
  for await (const folder of usualFolders(searchPath)) {
    const programs = await programsIn(folder);
    if (programs !== null) return programs;
  }
  throw new StartFailure(2, `pg_dump and pg_restore were not found: ${REMEDY}`);
}

async function programsIn(folder: string): Promise<Clients['programs'] | null> {
  const programs = { pgDump: join(folder, 'pg_dump'), pgRestore: join(folder, 'pg_restore') };
  try {
    await Promise.all(Object.values(programs).map((program) => access(program, constants.X_OK)));
    return programs;
  } catch {
    return null; // not here: look on
  }
}

async function* usualFolders(searchPath: string): AsyncGenerator<string> {
  yield* searchPath.split(':').filter((folder) => folder !== '');
  const pgConfig = await which('pg_config', { path: searchPath, nothrow: true });
  if (pgConfig !== null) yield (await execa(pgConfig, ['--bindir'])).stdout.trim();
  const majors = (await readdir(DEBIAN).catch(() => [])).toSorted((a, b) => Number(b) - Number(a));
  yield* majors.map((major) => join(DEBIAN, major, 'bin'));
  for (const prefix of HOMEBREW) {
    const kegs = await readdir(join(prefix, 'opt')).catch(() => []);
    yield* kegs.filter((keg) => /^(libpq|postgresql@\d+)$/.test(keg)).map((keg) => join(prefix, 'opt', keg, 'bin'));
  }
}
