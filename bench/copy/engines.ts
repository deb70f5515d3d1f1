import { execa, type Options } from 'execa';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import which from 'which';
import type { Login } from '../../activities/contract.ts';
import type { BenchStage } from './bench-stage.ts';
import type { CopyWorkerResult, CopyWorkerOrder } from './copy-worker.ts';

/** One way to copy a database; `run` leaves a finished copy on an empty target. */
export interface Engine {
  readonly name: 'ours' | 'dumpPsql' | 'dumpRestore' | 'pgcopydb' | 'floor';
  readonly words: string;
  readonly makes: 'all' | 'rows';
  /** Answers seconds, and the greatest resident memory of our worker in MB. */
  readonly run: (stage: BenchStage) => Promise<{ readonly seconds: number; readonly rssMb?: number }>;
}

/** Rivals that are not installed are missing, which `missing` says. */
export async function engines(
  jobs: number,
): Promise<{ readonly found: readonly Engine[]; readonly missing: readonly string[] }> {
  const half = String(Math.max(1, Math.floor(jobs / 2)));
  const all: readonly (Engine & { readonly program: string })[] = [
    {
      name: 'ours',
      words: `Daybreak, ${jobs} lanes, with ANALYZE`,
      makes: 'all',
      program: 'pg_dump',
      run: (stage) => ours(stage, jobs),
    },
    { name: 'dumpPsql', words: 'pg_dump | psql, without ANALYZE', makes: 'all', program: 'psql', run: timed(dumpPsql) },
    {
      name: 'dumpRestore',
      words: `pg_dump -Fd -j${half} + pg_restore -j${half}, without ANALYZE`,
      makes: 'all',
      program: 'pg_restore',
      run: timed((stage) => dumpRestore(stage, half)),
    },
    {
      name: 'pgcopydb',
      words: `pgcopydb clone, ${half} table and ${half} index jobs`,
      makes: 'all',
      program: 'pgcopydb',
      run: timed((stage) => pgcopydb(stage, half)),
    },
    {
      name: 'floor',
      words: `rows only, COPY BINARY from psql to psql, ${half} at a time, no index or key`,
      makes: 'rows',
      program: 'psql',
      run: timed((stage) => floor(stage, Number(half))),
    },
  ];
  const paths = await Promise.all(all.map(({ program }) => which(program, { nothrow: true })));
  return {
    found: all.filter((_, at) => paths[at] !== null),
    missing: all.filter((_, at) => paths[at] === null).map(({ program }) => program),
  };
}

const timed =
  (deed: (stage: BenchStage) => Promise<unknown>): Engine['run'] =>
  async (stage) => {
    const began = performance.now();
    await deed(stage);
    return { seconds: (performance.now() - began) / 1000 };
  };

/** In a process of its own, as a worker is; its start is not counted, as no worker is started for a copy. */
async function ours({ pair }: BenchStage, jobs: number): ReturnType<Engine['run']> {
  const { migration, source, target, clients } = pair;
  const { caFile, scratch, programs } = clients;
  const order: CopyWorkerOrder = {
    input: { migration, source, target, jobs, bytesPerSecond: null },
    means: { caFile, scratch, programs, secrets: { [source.password]: await clients.readSecret(source.password) } },
  };
  const launcher = fileURLToPath(new URL('../../client/launch/program.mjs', import.meta.url));
  const { stdout } = await execa(process.execPath, [launcher, 'bench/copy/copy-worker.ts'], {
    input: JSON.stringify(order),
  });
  return JSON.parse(stdout) as CopyWorkerResult;
}

const QUIET = ['--no-owner', '--no-privileges', '--no-publications', '--no-subscriptions', '--exclude-schema=daybreak'];
const PSQL = ['--quiet', '--no-psqlrc', '--set=ON_ERROR_STOP=1', '--output=/dev/null'];

async function dumpPsql({ pair }: BenchStage): Promise<unknown> {
  const dump = execa('pg_dump', QUIET, await asClient(pair, 'source'));
  return dump.pipe('psql', PSQL, await asClient(pair, 'target'));
}

async function dumpRestore({ pair }: BenchStage, jobs: string): Promise<void> {
  const folder = join(pair.clients.scratch, 'dump');
  try {
    const dump = ['--format=directory', `--jobs=${jobs}`, '--compress=1', `--file=${folder}`, ...QUIET];
    await execa('pg_dump', dump, await asClient(pair, 'source'));
    const restore = [`--jobs=${jobs}`, '--no-owner', '--no-privileges', '--dbname=app', '--exit-on-error', folder];
    await execa('pg_restore', restore, await asClient(pair, 'target'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pgcopydb({ pair }: BenchStage, jobs: string): Promise<void> {
  const folder = join(pair.clients.scratch, 'pgcopydb');
  const uri = async ({ host, port, user, password }: Login): Promise<string> =>
    `postgres://${user}:${encodeURIComponent(await pair.clients.readSecret(password))}@${host}:${port}/app?sslmode=require`;
  const how = [
    `--table-jobs=${jobs}`,
    `--index-jobs=${jobs}`,
    '--no-owner',
    '--no-acl',
    '--skip-extensions',
    '--restart',
  ];
  const env = { PGCOPYDB_SOURCE_PGURI: await uri(pair.source), PGCOPYDB_TARGET_PGURI: await uri(pair.target) };
  try {
    // It signals its whole process group when it ends, which must not be ours.
    await execa('pgcopydb', ['clone', `--dir=${folder}`, ...how], { env, detached: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function floor({ pair, tables }: BenchStage, lanes: number): Promise<void> {
  const [from, into] = [await asClient(pair, 'source'), await asClient(pair, 'target')];
  await execa('pg_dump', ['--section=pre-data', ...QUIET], from).pipe('psql', PSQL, into);
  const queue = [...tables];
  const lane = async (): Promise<void> => {
    for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
      const out = execa('psql', ['--no-psqlrc', '--command', `COPY public.${table} TO STDOUT (FORMAT binary)`], from);
      const load = `BEGIN; TRUNCATE public.${table}; COPY public.${table} FROM STDIN (FORMAT binary, FREEZE); COMMIT`;
      await out.pipe('psql', [...PSQL, '--command', load], into);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Encrypted, as ours is. */
async function asClient({ clients, ...sides }: BenchStage['pair'], side: 'source' | 'target') {
  const { host, port, user, password } = sides[side];
  const env = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: await clients.readSecret(password),
    PGDATABASE: 'app',
    PGSSLMODE: 'require',
  };
  return { env, buffer: { stdout: false }, encoding: 'buffer' } as const satisfies Options;
}
