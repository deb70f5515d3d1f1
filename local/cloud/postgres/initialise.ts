import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ADMIN } from './admin-role.ts';
import { runAsServer } from './run-as-server.ts';
import { makeReachable, writeOwned } from './server-files.ts';
import type { ServerOptions } from './server.ts';

/** The same order of characters everywhere: servers of different builds have different ICU libraries. */
const LOCALE = process.platform === 'darwin' ? 'C' : 'C.UTF-8';

/** Makes an empty data directory. @throws Error when the server's user cannot reach it, or initdb fails. */
export async function initialise({ bin, dir, adminPassword }: ServerOptions): Promise<void> {
  await makeReachable(dirname(dir));
  const passwordFile = `${dir}.password`;
  const access = adminPassword === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  if (adminPassword !== undefined) await writeOwned(passwordFile, adminPassword);
  try {
    await runAsServer(join(bin, 'initdb'), [
      '-D',
      dir,
      '-U',
      ADMIN,
      '-E',
      'UTF8',
      `--locale=${LOCALE}`,
      '--no-sync',
      '--no-instructions',
      ...access,
    ]);
  } finally {
    await rm(passwordFile, { force: true });
  }
}
