/** Keeps `node_modules` as `package-lock.json` says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './machine.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockedPackage */

/**
 * Compares npm's own note of what it installed with the lock file, so that a package added by hand causes no second install.
 * @param {Machine} machine
 * @returns {string[]} names of packages that are absent or of another version
 */
export function missingPackages(machine) {
  const locked = readLock(join(machine.root, 'package-lock.json'));
  const installed = readLock(join(machine.root, 'node_modules/.package-lock.json'));
  return Object.entries(locked)
    .filter(([path, entry]) => path !== '' && isMeantForThisPlatform(entry))
    .filter(([path, entry]) => installed[path]?.version !== entry.version)
    .map(([path]) => path.replace('node_modules/', ''));
}

/**
 * Install scripts are left out: no package of ours needs one (`docs/development.md`), and npm asks for approval of each.
 * @param {Machine} machine
 * @returns {boolean} whether everything is there afterwards
 */
export function installPackages(machine) {
  machine.say('set-up: installing node packages into node_modules (npm ci)');
  const npmCi = /** @type {const} */ ([
    'npm',
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
  ]);
  return run(machine, npmCi, { show: true }).ok && missingPackages(machine).length === 0;
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>} by path; empty if there is no such file
 */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {}; // no node_modules yet, or cut short: both mean "install"
  }
}

/** @param {LockedPackage} entry */
function isMeantForThisPlatform(entry) {
  if (!entry.optional) return true;
  // An optional package without a platform may be absent for any reason, and which C library npm chose is not ours to guess.
  if (!entry.os || !entry.cpu || entry.libc) return false;
  return entry.os.includes(process.platform) && entry.cpu.includes(process.arch);
}
