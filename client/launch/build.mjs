import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { extname, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as bundle, stop } from 'esbuild';
import { ROOT } from './bundle.mjs';

/** Temporal's native core and the activities have to meet in one copy of these packages. The CLI has no native core. */
const TEMPORAL = /^@temporalio\//;
/** Missing unless somebody installs it; pg looks for it and goes on without. */
const PG_NATIVE = 'pg-native';

/**
 * @param {string} entry absolute path
 * @returns {Promise<{ code: Uint8Array, sources: string[] }>} `code`: the text of a function for `runScript`; `sources`: the files of
 *   ours in it, from the root, sorted
 * @throws {Error} of the bundler, when an import leads nowhere or a file cannot be read as TypeScript
 */
export async function build(entry) {
  /** @type {Set<string>} */
  const sources = new Set();
  const isCli = entry.startsWith(`${ROOT}client${sep}`);
  const stays = (/** @type {string} */ path) =>
    isBuiltin(path) || path === PG_NATIVE || (!isCli && TEMPORAL.test(path));
  const { outputFiles } = await bundle({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    // Not CommonJS: there a program could not wait at its top level.
    format: 'esm',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'silent',
    define: { 'import.meta.url': '__url' },
    // As a script, unlike a module, it can be kept compiled.
    banner: { js: `(async function (require, __filename, __dirname, __url) { 'use strict';` },
    footer: { js: '})' },
    plugins: [required(stays), ownPlace(sources)],
  });
  await stop(); // its process would stay as long as this one
  const code = outputFiles[0]?.contents;
  if (!code) throw new Error(`the bundler made nothing of ${entry}`);
  return { code, sources: [...sources].toSorted() };
}

/**
 * What is not bundled is required: a script has no import statements.
 * @param {(path: string) => boolean} stays
 * @returns {import('esbuild').Plugin}
 */
function required(stays) {
  return {
    name: 'required',
    setup: (at) => {
      at.onResolve({ filter: /.*/ }, ({ path, kind, namespace }) => {
        if (!stays(path)) return undefined;
        if (kind !== 'import-statement' || namespace === 'required') return { path, external: true };
        return { path, namespace: 'required' };
      });
      at.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)})`,
        resolveDir: ROOT,
      }));
    },
  };
}

/**
 * Files of ours as if they were run where they lie; files of packages are left to the bundler.
 * @param {Set<string>} sources is given their names
 * @returns {import('esbuild').Plugin}
 */
function ownPlace(sources) {
  return {
    name: 'own place',
    setup: (at) =>
      at.onLoad({ filter: /\.(m?[jt]s|json)$/, namespace: 'file' }, async ({ path }) => {
        if (!path.startsWith(ROOT) || path.includes(`${sep}node_modules${sep}`)) return undefined;
        sources.add(path.slice(ROOT.length));
        const text = await readFile(path, 'utf8');
        if (extname(path) === '.json') return { contents: text, loader: 'json' };
        const contents = text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
        return { contents, loader: extname(path) === '.ts' ? 'ts' : 'js' };
      }),
  };
}
