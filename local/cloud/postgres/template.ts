/** An empty data directory is made once a machine, by initdb; each further one is a copy, in a quarter of the time. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const FOLDER = fileURLToPath(new URL('../../../.cache/empty-servers', import.meta.url));

/** What makes one empty data directory differ from another. */
export type Kind = { readonly bin: string; readonly arguments: readonly string[] };

/** Copies the template of this kind to `dir`; false if there is none yet. */
export async function fromTemplate(kind: Kind, dir: string): Promise<boolean> {
  const template = await templateOf(kind);
  if (!existsSync(template)) return false;
  await copy(template, dir);
  return true;
}

/** Keeps a copy of `dir`, which no server has been started in, as the template of its kind, if that can be written. */
export async function keepTemplate(kind: Kind, dir: string): Promise<void> {
  const template = await templateOf(kind);
  const beginning = `${template}.${randomUUID()}`;
  try {
    await mkdir(FOLDER, { recursive: true });
    await copy(dir, beginning);
    await rename(beginning, template);
  } catch {
    // A folder that takes nothing, or somebody beside us was first: the directory that was asked for is there.
    await rm(beginning, { recursive: true, force: true });
  }
}

/** Another build of the server may read its files otherwise. */
async function templateOf(kind: Kind): Promise<string> {
  const { mtimeMs, size } = await stat(join(kind.bin, 'postgres'));
  const hash = createHash('sha256').update(JSON.stringify([kind, mtimeMs, size]));
  return join(FOLDER, hash.digest('hex').slice(0, 16));
}

/** As ourselves, not as the server's user, who may not be able to enter the cache; the owner of the files is kept. */
async function copy(from: string, to: string): Promise<void> {
  await execa('cp', ['-a', from, to], { stdin: 'ignore' });
}
