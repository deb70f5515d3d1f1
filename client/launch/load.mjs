import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleOf, ROOT } from './bundle.mjs';
import { runScript } from './run-script.mjs';

/**
 * Runs a program of ours in this process: as a bundle, or file by file where none can be kept.
 * @param {string} entry from the root, like `client/main.ts`
 */
export async function load(entry) {
  const file = await bundleOf(entry);
  if (file !== undefined) return await runScript(file);
  const { register } = await import('tsx/esm/api');
  // Our own settings, whatever folder this is called from.
  register({ tsconfig: join(ROOT, 'tsconfig.json') });
  await import(pathToFileURL(join(ROOT, entry)).href);
}
