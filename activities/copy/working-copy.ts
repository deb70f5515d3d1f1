import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { shortId } from '../../model/names.ts';
import type { Clients } from '../clients.ts';

/** A folder for one attempt's dump: rows of the application, so that only the worker's user may enter. */
export interface WorkingCopy extends AsyncDisposable {
  readonly folder: string;
}

const folderOf = (clients: Clients, migration: string): string => join(clients.scratch, shortId(migration));

/** Fresh for every attempt; what earlier ones of this migration left behind goes first. Call it under a claim of the target. */
export async function makeWorkingCopy(clients: Clients, migration: string): Promise<WorkingCopy> {
  await dropWorkingCopy(clients, { migration });
  const parent = folderOf(clients, migration);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, 'copy-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Removes the dump folders of this migration from the worker's scratch space. */
export async function dropWorkingCopy(
  clients: Clients,
  { migration }: { readonly migration: string },
): Promise<'undone' | 'absent'> {
  const folder = folderOf(clients, migration);
  const found = await stat(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  await rm(folder, { recursive: true, force: true });
  return found === null ? 'absent' : 'undone';
}

/** Size of the files in a folder that may still be growing, in bytes; 0 while it is not there. */
export async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(folder, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
