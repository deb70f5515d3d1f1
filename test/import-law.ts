/** Who may import whom. The linter says it at the line; this says it for every way of importing. */
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path/posix';

export interface Import {
  from: string;
  /** `import type`: gone when the program runs. */
  typeOnly: boolean;
}

type Folder = 'model' | 'workflows' | 'activities' | 'worker' | 'client' | 'local' | 'test' | 'bench';

/** What a folder may import of ours, beside itself. */
const OURS: Record<Folder, readonly Folder[]> = {
  model: [],
  workflows: ['model'],
  activities: ['model'],
  worker: ['model', 'workflows', 'activities'],
  client: ['model', 'workflows'],
  local: [],
  test: ['model', 'workflows', 'activities', 'worker', 'client', 'local'],
  bench: ['model', 'workflows', 'activities', 'worker', 'client', 'local', 'test'],
};

/** Pure packages: no I/O, no environment, no clock of their own unless asked. */
const PURE_PACKAGES = ['zod', 'luxon', '@noble/hashes', 'safe-stable-stringify', 'ms', 'bytes', 'yaml', 'leven'];
/** What a workflow may load into its sandbox, where node does not exist. */
const WORKFLOW_PACKAGES = ['@temporalio/workflow', '@temporalio/common', ...PURE_PACKAGES];

const STATEMENT = /^[ \t]*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const CALL = /(typeof\s+)?\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;

export function importsOf(source: string): Import[] {
  const found = [...source.matchAll(STATEMENT), ...source.matchAll(CALL)];
  return found.map(([, type, from]) => ({ from: from ?? '', typeOnly: type !== undefined }));
}

/** Why this file, given from the project's root with `/`, may not import that; undefined where it may. */
export function breachOf(file: string, { from, typeOnly }: Import): string | undefined {
  const folder = folderOf(file);
  if (folder === undefined) return undefined;
  if (!from.startsWith('.')) return packageBreach(folder, from);
  const target = folderOf(normalize(join(dirname(file), from)));
  if (target === undefined || target === folder || OURS[folder].includes(target)) return undefined;
  if (folder === 'workflows' && target === 'activities' && typeOnly) return undefined;
  if (target === 'bench' && file.startsWith('test/bench/')) return undefined;
  return `${folder} may not import ${target}`;
}

function packageBreach(folder: Folder, from: string): string | undefined {
  const allowed = { model: PURE_PACKAGES, workflows: WORKFLOW_PACKAGES }[folder as string];
  if (allowed === undefined) return undefined;
  if (from.startsWith('node:') || builtinModules.includes(from)) return `${folder} may not import node's ${from}`;
  const name = from.split('/', from.startsWith('@') ? 2 : 1).join('/');
  return allowed.includes(name) ? undefined : `${folder} may not import the package ${name}`;
}

function folderOf(path: string): Folder | undefined {
  const top = path.split('/')[0];
  return (Object.keys(OURS) as Folder[]).find((folder) => folder === top);
}
