import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/**
 * Shows that the table can go red: `node --import tsx test/chaos/sabotage.ts token|fence [options of npm run chaos]` takes a protection
 * out of a copy of the project and runs one cell there, or those of the step that the options name. Exit code 0: red, as wanted.
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

interface Sabotage {
  readonly patches: readonly Patch[];
  /** The cell that is run unless another is named; with everything in place it is green. */
  readonly cell: readonly string[];
}

const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  // No attempt is ever outdated: neither in a deed of custody nor beside one. Whoever thaws late closes the side that has the writes.
  token: {
    cell: ['--only', 'cutover', '--step', 'check approval', '--fault', 'SIGSTOP, deaf'],
    patches: [
      { file: 'model/custody.ts', out: /^ {2}if \((by\.)?token (<|!==) custody\.token\).*\n/gm, in: '' },
      {
        file: 'activities/cutover/custody-store.ts',
        out: /if \(Number\(row\?\.token\) !== token\)/,
        in: 'if (token < 0)',
      },
    ],
  },
  // The lock is taken and keeps nobody from writing, and no table refuses writes once they were given away: what is acknowledged there is lost.
  fence: {
    cell: ['--only', 'cutover', '--step', 'begin', '--fault', 'none'],
    patches: [
      { file: 'activities/cutover/write-lock.ts', out: /lockTables\('EXCLUSIVE'\)/, in: "lockTables('ACCESS SHARE')" },
      {
        file: 'activities/cutover/commit.ts',
        out: /session\.query\('SELECT daybreak\.refuse_writes\(\)'\)/,
        in: "session.query('SELECT')",
      },
    ],
  },
};

const [name = '', ...options] = process.argv.slice(2);
const sabotage = SABOTAGES[name];
if (sabotage === undefined)
  throw new Error(`found ${JSON.stringify(name)}; wanted one of ${Object.keys(SABOTAGES).join(', ')}`);
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
  for (const patch of sabotage.patches) await takeOut(join(copy, patch.file), patch);
  const program = join(copy, 'test/chaos/main.ts');
  const cell = options.includes('--step') ? [] : sabotage.cell;
  const args = ['--import', 'tsx', program, '--without', name, ...cell, ...options.map(absolute)];
  const { exitCode } = await execa(process.execPath, args, { cwd: copy, stdio: 'inherit', reject: false });
  console.log(WORDS[exitCode ?? 1] ?? `the table could not be run without the ${name}`);
  process.exitCode = exitCode === 2 ? 0 : 1;
} finally {
  await rm(copy, { recursive: true });
}

/** The program runs in the copy, its results stay here. */
function absolute(option: string, at: number, all: readonly string[]): string {
  return all[at - 1] === '--into' ? resolve(option) : option;
}

async function takeOut(file: string, { out, in: replacement }: Patch): Promise<void> {
  const text = await readFile(file, 'utf8');
  const patched = text.replace(out, replacement);
  if (patched === text) throw new Error(`${file}: found nothing that matches ${String(out)}; wanted what is taken out`);
  await writeFile(file, patched);
}
