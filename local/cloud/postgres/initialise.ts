import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ADMIN } from './admin-role.ts';
import { runAsServer } from './run-as-server.ts';
import { makeReachable } from './server-files.ts';
import type { ServerOptions } from './server.ts';
import { fromTemplate, keepTemplate } from './template.ts';

/** The same order of characters everywhere: servers of different builds have different ICU libraries. */
const LOCALE = process.platform === 'darwin' ? 'C' : 'C.UTF-8';

const ARGUMENTS = ['-U', ADMIN, '-E', 'UTF8', `--locale=${LOCALE}`, '--no-sync', '--no-instructions', '--auth=trust'];

/** Makes an empty data directory. @throws Error when the server's user cannot reach it, or initdb fails. */
export async function initialise({ bin, dir, adminPassword }: ServerOptions): Promise<void> {
  await makeReachable(dirname(dir));
  const kind = { bin, arguments: ARGUMENTS };
  if (!(await fromTemplate(kind, dir))) {
    await runAsServer(join(bin, 'initdb'), ['-D', dir, ...ARGUMENTS]);
    await keepTemplate(kind, dir);
  }
  if (adminPassword !== undefined) await demandPassword(bin, dir, adminPassword);
}

/** While no server runs there: the standalone one sets it without a port anybody could reach. */
async function demandPassword(bin: string, dir: string, password: string): Promise<void> {
  const sql = `ALTER ROLE ${ADMIN} PASSWORD '${password.replaceAll(`'`, `''`)}'`;
  const flags = ['-c', 'fsync=off', '-c', 'exit_on_error=on', '-D', dir];
  await runAsServer(join(bin, 'postgres'), ['--single', ...flags, 'postgres'], `${sql}\n`);
  const access = join(dir, 'pg_hba.conf');
  // Written in place, so it keeps its owner.
  await writeFile(access, (await readFile(access, 'utf8')).replaceAll(/\btrust$/gm, 'scram-sha-256'));
}
