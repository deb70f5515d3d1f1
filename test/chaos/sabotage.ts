import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/**
 * Shows that the table can go red: `node --import tsx test/chaos/sabotage.ts token|fence [options of npm run chaos]` takes a protection
 * out of a copy of the project and runs the table there. Exit code 0: red, as wanted.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = [
  'model',
  'workflows',
  'activities',
  'worker',
  'client',
  'local',
  'test',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
/** Programs that the set-up found; what is bundled of our sources is not shared with the copy. */
const LINKED = ['node_modules', '.cache/temporal', '.cache/tools.json'];

interface Patch {
  readonly file: string;
  readonly out: RegExp;
  readonly in: string;
}

const PATCHES: Readonly<Record<string, readonly Patch[]>> = {
  // No attempt is ever outdated: neither in a deed of custody nor beside one.
  token: [
    { file: 'model/custody.ts', out: /^ {2}if \((by\.)?token (<|!==) custody\.token\).*\n/gm, in: '' },
    {
      file: 'activities/cutover/custody-store.ts',
      out: /if \(Number\(row\?\.token\) !== token\)/,
      in: 'if (token < 0)',
    },
  ],
  // The lock is taken, and keeps nobody from writing.
  fence: [{ file: 'activities/cutover/write-lock.ts', out: /IN EXCLUSIVE MODE'/, in: "IN ACCESS SHARE MODE'" }],
};

const [name = '', ...options] = process.argv.slice(2);
const patches = PATCHES[name];
if (patches === undefined)
  throw new Error(`found ${JSON.stringify(name)}; wanted one of ${Object.keys(PATCHES).join(', ')}`);
/** By exit code of the table. */
const WORDS: Readonly<Record<number, string>> = {
  0: `green without the ${name}: the table does not see it`,
  2: `red without the ${name}, as wanted`,
};
const copy = await mkdtemp(join(tmpdir(), 'daybreak-sabotaged-'));
try {
  for (const entry of COPIED) await cp(join(ROOT, entry), join(copy, entry), { recursive: true });
  await mkdir(join(copy, '.cache'));
  for (const entry of LINKED) await symlink(join(ROOT, entry), join(copy, entry));
  for (const patch of patches) await takeOut(join(copy, patch.file), patch);
  const program = join(copy, 'test/chaos/main.ts');
  const { exitCode } = await execa(process.execPath, ['--import', 'tsx', program, ...options], {
    cwd: copy,
    stdio: 'inherit',
    reject: false,
  });
  console.log(WORDS[exitCode ?? 1] ?? `the table could not be run without the ${name}`);
  process.exitCode = exitCode === 2 ? 0 : 1;
} finally {
  await rm(copy, { recursive: true });
}

async function takeOut(file: string, { out, in: replacement }: Patch): Promise<void> {
  const text = await readFile(file, 'utf8');
  const patched = text.replace(out, replacement);
  if (patched === text) throw new Error(`${file}: found nothing that matches ${String(out)}; wanted what is taken out`);
  await writeFile(file, patched);
}
