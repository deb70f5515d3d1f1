/**
 * A program of ours as one file, with the packages it uses, kept in `.cache/programs` for each state of its sources: to find, read and
 * translate hundreds of files takes a process a second, and the one file a third of that.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Ends with a slash. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Everything from npm, how TypeScript is read, and how a bundle is made. */
const ALWAYS = ['package-lock.json', 'tsconfig.json', 'client/launch/build.mjs', 'client/launch/run-script.mjs'];
/** Bundles of this age may go: who began to read one has long since read it to its end. */
const OLD_MS = 3_600_000;
const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR'];

/**
 * @param {string} entry from the root, like `client/main.ts`
 * @returns {Promise<string | undefined>} the file for `runScript`; undefined where the cache folder cannot be written
 */
export async function bundleOf(entry) {
  const folder = join(ROOT, '.cache', 'programs');
  const name = entry.replaceAll('/', '-').replace(/\.ts$/, '');
  const list = join(folder, `${name}.json`);
  const fileOf = (/** @type {readonly string[]} */ sources) => join(folder, `${name}.${fingerprint(sources)}.js`);
  const known = sourcesIn(list);
  if (known && existsSync(fileOf(known))) return fileOf(known);
  try {
    mkdirSync(folder, { recursive: true });
    const { build } = await import('./build.mjs');
    const { code, sources } = await build(join(ROOT, entry));
    const file = fileOf(sources);
    for (const other of readdirSync(folder)) if (other.startsWith(`${name}.`)) removeIfOld(join(folder, other));
    replace(file, code);
    replace(list, JSON.stringify(sources));
    return file;
  } catch (error) {
    if (error instanceof Error && 'code' in error && UNWRITABLE.includes(String(error.code))) return undefined;
    throw error;
  }
}

/**
 * @param {string} list
 * @returns {string[] | undefined} which files the last bundle was made of, from the root; undefined if they are not all there any more
 */
function sourcesIn(list) {
  try {
    const sources = /** @type {string[]} */ (JSON.parse(readFileSync(list, 'utf8')));
    return sources.every((source) => existsSync(join(ROOT, source))) ? sources : undefined;
  } catch {
    return undefined; // no bundle yet: one is made, with its list
  }
}

/** @param {readonly string[]} sources */
function fingerprint(sources) {
  // The bundle names its sources' places, so it serves this folder alone.
  const hash = createHash('sha256').update(ROOT);
  for (const file of [...ALWAYS, ...sources]) hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex').slice(0, 32);
}

/**
 * Readers beside us see the old file or the new one, never half of it; two who write at once write the same.
 * @param {string} file
 * @param {string | Uint8Array} content
 */
function replace(file, content) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

/** @param {string} file */
function removeIfOld(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat && Date.now() - stat.mtimeMs > OLD_MS) rmSync(file, { force: true });
}
