/**
 * The machine as the set-up sees it: everything it reads from outside, in one value, so that a test can hand it a poorer one.
 * Plain JavaScript, like all of this folder: it runs before `node_modules` exists.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Machine
 * @property {string} root folder of the project
 * @property {string} cache folder for everything that is fetched; git-ignored
 * @property {NodeJS.ProcessEnv} env
 * @property {string} nodeVersion like `v20.19.0`
 * @property {boolean} isRoot whether system packages may be installed; the set-up never raises its own rights
 * @property {string} debianPostgres parent of `<major>/bin`, where Debian and Ubuntu keep PostgreSQL's programs
 * @property {string} systemPrograms where packages of the system keep programs for root
 * @property {readonly string[]} homebrewPrefixes
 * @property {readonly [string, ...string[]]} sdkDownload command that takes a program's name and the file to leave it in
 * @property {(line: string) => void} say
 */

/** @returns {Machine} */
export function thisMachine() {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  return {
    root,
    cache: join(root, '.cache'),
    env: process.env,
    nodeVersion: process.version,
    isRoot: process.getuid?.() === 0,
    debianPostgres: '/usr/lib/postgresql',
    systemPrograms: '/usr/sbin',
    homebrewPrefixes: ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'],
    sdkDownload: [process.execPath, join(root, 'local/setup/sdk-download.mjs')],
    // Standard output belongs to the result of the command that comes after the set-up (`npm run demo -- --json`).
    say: (line) => console.error(line),
  };
}

/**
 * Runs a program to its end and returns what it printed; never throws.
 * @param {Machine} machine
 * @param {readonly [string, ...string[]]} command found on the machine's PATH
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, timeoutMs?: number }} [options]
 *   `show` passes the output on to the person instead of returning it
 * @returns {{ ok: boolean, output: string }}
 */
export function run(machine, command, options = {}) {
  const [file, ...args] = command;
  const result = spawnSync(file, args, {
    cwd: options.cwd ?? machine.root,
    env: { ...machine.env, ...options.env },
    encoding: 'utf8',
    timeout: options.timeoutMs,
    // Output to show goes to stderr too, for the reason given at `say`.
    stdio: options.show ? ['ignore', 2, 2] : ['ignore', 'pipe', 'pipe'],
  });
  const output = [result.stdout, result.stderr, result.error?.message].filter(Boolean).join('\n').trim();
  return { ok: result.status === 0, output };
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // absent or not ours to run: both mean "look further"
  }
}

/**
 * @param {Machine} machine
 * @param {string} name
 * @returns {string | undefined} the first executable of that name on the PATH
 */
export function onPath(machine, name) {
  return pathFolders(machine)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/**
 * The PATH without the folders npm and npx put before it, which differ from call to call and hold none of our programs.
 * @param {Machine} machine
 */
export function pathFolders(machine) {
  const folders = (machine.env['PATH'] ?? '').split(delimiter);
  return folders.filter((folder) => folder !== '' && !/node_modules|node-gyp-bin/.test(folder));
}
