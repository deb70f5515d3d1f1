/** Where the programs are that demo and tests start. */
import { thisMachine } from './machine.mjs';
import { programNamed } from './programs.mjs';
import { readRecord } from './record.mjs';
import { remedyFor } from './remedy.mjs';
import { search } from './search.mjs';

/** @typedef {import('./programs.mjs').ProgramName} ProgramName */
/** @typedef {import('./search.mjs').Found} Found */

/**
 * @param {ProgramName} name
 * @param {import('./machine.mjs').Machine} [machine]
 * @returns {Found | undefined} path, version and origin; undefined if the machine lacks it
 */
export function findTool(name, machine = thisMachine()) {
  return readRecord(machine)[name] ?? search(machine, programNamed(name)).found;
}

/**
 * @param {ProgramName} name
 * @param {import('./machine.mjs').Machine} [machine]
 * @returns {string} path of the program
 * @throws {Error} naming the program and the command that brings it, if the machine lacks it
 */
export function toolPath(name, machine = thisMachine()) {
  const found = findTool(name, machine);
  if (found) return found.path;
  throw new Error(`${name} was not found; ${remedyFor(machine, programNamed(name))}`);
}
