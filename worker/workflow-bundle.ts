import { createHash } from 'node:crypto';
import { access, mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';
import writeFileAtomic from 'write-file-atomic';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Everything from npm. */
const LOCK = 'package-lock.json';

/** The workflow code, see {@link keptBundle}. */
export const workflowBundle = (): Promise<WorkflowBundleOption> =>
  keptBundle('workflows/index.ts', ['model', 'workflows']);

/**
 * The code of an entry and what it imports, bundled once for each state of its sources and kept in `.cache`; in memory where that is
 * read-only. Entry and `folders`, which hold all of ours that goes into the bundle, are named from the root.
 */
export async function keptBundle(entry: string, folders: readonly string[]): Promise<WorkflowBundleOption> {
  const codePath = join(ROOT, '.cache', 'workflow-bundle', `${await fingerprint(entry, folders)}.js`);
  if (
    await access(codePath).then(
      () => true,
      () => false,
    )
  )
    return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, entry),
    // The bundler's statistics are no news to an operator.
    logger: new DefaultLogger('WARN'),
  });
  try {
    await mkdir(dirname(codePath), { recursive: true });
    await writeFileAtomic(codePath, code);
    return { codePath };
  } catch {
    return { code };
  }
}

async function fingerprint(entry: string, folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(entry);
  for (const file of [LOCK, ...(await Promise.all(folders.map(filesBelow))).flat()])
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(ROOT, file)));
  return hash.digest('hex').slice(0, 32);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .toSorted();
}
