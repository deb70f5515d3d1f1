import { readFile } from 'node:fs/promises';
import { extname, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as bundle, stop } from 'esbuild';
import { ROOT } from './bundle.mjs';

/** What packages in the older format of modules take for granted. */
const COMMONJS = `import { createRequire as daybreakRequire } from 'node:module';
import { dirname as daybreakFolder } from 'node:path';
import { fileURLToPath as daybreakPath } from 'node:url';
const require = daybreakRequire(import.meta.url), __filename = daybreakPath(import.meta.url), __dirname = daybreakFolder(__filename);`;

/** Temporal's native core and the activities have to meet in one copy of these packages. The CLI has no native core. */
const TEMPORAL = '@temporalio/*';

/**
 * @param {string} entry absolute path
 * @returns {Promise<{ code: Uint8Array, sources: string[] }>} `sources`: the files of ours in it, from the root, sorted
 * @throws {Error} of the bundler, when an import leads nowhere or a file cannot be read as TypeScript
 */
export async function build(entry) {
  /** @type {Set<string>} */
  const sources = new Set();
  const { outputFiles } = await bundle({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'silent',
    banner: { js: COMMONJS },
    external: ['pg-native', ...(entry.startsWith(`${ROOT}client${sep}`) ? [] : [TEMPORAL])],
    plugins: [
      {
        name: 'own place',
        setup: (at) => at.onLoad({ filter: /\.(m?[jt]s|json)$/ }, ({ path }) => load(path, sources)),
      },
    ],
  });
  await stop(); // its process would stay as long as this one
  const code = outputFiles[0]?.contents;
  if (!code) throw new Error(`the bundler made nothing of ${entry}`);
  return { code, sources: [...sources].toSorted() };
}

/**
 * A file of ours as if it were run where it lies; files of packages are left to the bundler.
 * @param {string} path
 * @param {Set<string>} sources
 * @returns {Promise<import('esbuild').OnLoadResult | undefined>}
 */
async function load(path, sources) {
  if (!path.startsWith(ROOT) || path.includes(`${sep}node_modules${sep}`)) return undefined;
  sources.add(path.slice(ROOT.length));
  const text = await readFile(path, 'utf8');
  if (extname(path) === '.json') return { contents: text, loader: 'json' };
  const contents = text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
  return { contents, loader: extname(path) === '.ts' ? 'ts' : 'js' };
}
