/** Brings the machine to where demo and tests run: looks, says what is missing, installs it once, looks again. */
import { installPackages, missingPackages } from './packages.mjs';
import { PROGRAMS } from './programs.mjs';
import { readRecord, writeRecord } from './record.mjs';
import { remedyFor } from './remedy.mjs';
import { search } from './search.mjs';
import { installPgbouncer, installPostgresClient } from './system-package.mjs';
import { installTemporal } from './temporal.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./programs.mjs').Program} Program */
/** @typedef {import('./search.mjs').Found} Found */

/** The oldest Node that the AWS and Temporal packages and the test runner all accept. */
export const OLDEST_NODE = /** @type {const} */ ([20, 19]);

/**
 * @param {Machine} machine
 * @param {{ checkOnly?: boolean }} [options] `checkOnly` installs nothing
 * @returns {boolean} whether everything required is there; what is not was said, with the command that mends it
 */
export function setUp(machine, { checkOnly = false } = {}) {
  if (!isNodeNewEnough(machine.nodeVersion)) {
    machine.say(`set-up: Node ${machine.nodeVersion} is too old; needed is ${OLDEST_NODE.join('.')} or newer`);
    return false;
  }
  if (missingPackages(machine).length > 0 && (checkOnly || !installPackages(machine))) {
    machine.say('set-up: node packages are missing; run: npm ci');
    return false;
  }
  const recorded = readRecord(machine);
  const before = findPrograms(machine, recorded);
  if (!checkOnly) install(machine, missing(before));
  const after = missing(before).length > 0 && !checkOnly ? findPrograms(machine, before) : before;
  if (Object.keys(after).some((name) => recorded[name] === undefined)) writeRecord(machine, after);
  return tellOutcome(machine, after);
}

/** @param {string} version like `v20.19.0` */
export function isNodeNewEnough(version) {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/**
 * @param {Machine} machine
 * @param {Record<string, Found>} known found already, not searched again
 * @returns {Record<string, Found>}
 */
function findPrograms(machine, known) {
  const pairs = PROGRAMS.map((program) => [program.name, known[program.name] ?? search(machine, program).found]);
  return Object.fromEntries(pairs.filter(([, found]) => found !== undefined));
}

/**
 * @param {Record<string, Found>} found
 * @returns {Program[]} what is required or wanted
 */
function missing(found) {
  return PROGRAMS.filter((program) => (program.required || program.wanted) && found[program.name] === undefined);
}

/**
 * @param {Machine} machine
 * @param {Program[]} programs
 */
function install(machine, programs) {
  if (programs.some((program) => program.family === 'postgres')) installPostgresClient(machine);
  for (const program of programs) {
    if (program.family === 'pooler' && !machine.env[program.variable]) installPgbouncer(machine);
    // A program named by variable that does not serve is the person's to mend: a second one would hide it.
    if (program.family === 'temporal' && !machine.env[program.variable]) installTemporal(machine, program.name);
  }
}

/**
 * @param {Machine} machine
 * @param {Record<string, Found>} found
 */
function tellOutcome(machine, found) {
  const lacking = missing(found);
  sayLacking(machine, lacking);
  if (lacking.some((program) => program.required)) return false;
  const [postgres, temporal] = [found['pg_dump']?.version, found['temporal']?.version];
  const all = lacking.length === 0 ? 'all there' : 'all that is required is there';
  machine.say(`set-up: ${all}: Node ${machine.nodeVersion}, PostgreSQL client ${postgres}, Temporal CLI ${temporal}`);
  return true;
}

/**
 * @param {Machine} machine
 * @param {Program[]} lacking
 */
function sayLacking(machine, lacking) {
  // One message for all that one command mends.
  const pairs = lacking.map((program) => ({ program, remedy: remedyFor(machine, program) }));
  for (const remedy of new Set(pairs.map((pair) => pair.remedy))) {
    const programs = pairs.filter((pair) => pair.remedy === remedy).map((pair) => pair.program);
    machine.say(`set-up: missing: ${programs.map((program) => program.name).join(', ')}`);
    for (const { path, why } of programs.flatMap((program) => search(machine, program).rejected)) {
      machine.say(`  ${path} ${why}`);
    }
    machine.say(`  ${remedy}`);
  }
}
