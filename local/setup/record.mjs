/** `.cache/tools.json`: what was found where, so that the second set-up and every test need not search again. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable, pathFolders } from './machine.mjs';
import { PROGRAMS } from './programs.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./search.mjs').Found} Found */
/** @typedef {Found & { modifiedMs: number }} Recorded a file that changed since is searched for anew */
/** @typedef {{ searchedWith: string, programs: Record<string, Recorded> }} ToolsRecord */

/**
 * @param {Machine} machine
 * @returns {Record<string, Found>} the programs found earlier that are still as they were; empty if the search would differ now
 */
export function readRecord(machine) {
  try {
    const record = /** @type {ToolsRecord} */ (JSON.parse(readFileSync(recordFile(machine), 'utf8')));
    if (record.searchedWith !== searchInputs(machine)) return {};
    return Object.fromEntries(Object.entries(record.programs).filter(([, program]) => isUnchanged(program)));
  } catch {
    return {}; // none yet, or half a file after a crash: searching again is always right
  }
}

/**
 * @param {Machine} machine
 * @param {Record<string, Found>} found by program name
 */
export function writeRecord(machine, found) {
  const programs = Object.fromEntries(
    Object.entries(found).map(([name, program]) => [name, { ...program, modifiedMs: modifiedMs(program.path) }]),
  );
  mkdirSync(machine.cache, { recursive: true });
  const temporary = `${recordFile(machine)}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ searchedWith: searchInputs(machine), programs }, null, 2)}\n`);
  renameSync(temporary, recordFile(machine)); // readers beside us see the old record or the new one, never half of it
}

/** @param {Machine} machine */
function recordFile(machine) {
  return join(machine.cache, 'tools.json');
}

/**
 * What steers the search: another PATH or variable may mean another program.
 * @param {Machine} machine
 */
function searchInputs(machine) {
  const variables = [...new Set(PROGRAMS.map((program) => program.variable))];
  return JSON.stringify([pathFolders(machine), ...variables.map((name) => [name, machine.env[name] ?? ''])]);
}

/** @param {Recorded} program */
function isUnchanged(program) {
  return isExecutable(program.path) && modifiedMs(program.path) === program.modifiedMs;
}

/** @param {string} path */
function modifiedMs(path) {
  return statSync(path).mtimeMs;
}
