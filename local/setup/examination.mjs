/** The doctor's view: a fresh look at every part, past what the set-up wrote down. */
import { missingPackages } from './packages.mjs';
import { PROGRAMS } from './programs.mjs';
import { remedyFor } from './remedy.mjs';
import { search } from './search.mjs';
import { isNodeNewEnough, OLDEST_NODE } from './set-up.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/**
 * @typedef {object} Finding
 * @property {string} part
 * @property {string} version empty if it has none or was not found
 * @property {string} where
 * @property {boolean} found
 * @property {boolean} required
 * @property {string[]} notes why candidates were passed over, and the remedy
 */

/**
 * @param {Machine} machine
 * @returns {Finding[]}
 */
export function examine(machine) {
  return [
    examineNode(machine),
    examinePackages(machine),
    ...PROGRAMS.map((program) => examineProgram(machine, program)),
  ];
}

/**
 * @param {Machine} machine
 * @returns {Finding}
 */
function examineNode(machine) {
  const found = isNodeNewEnough(machine.nodeVersion);
  const notes = found ? [] : [`install Node ${OLDEST_NODE.join('.')} or newer`];
  return { part: 'node', version: machine.nodeVersion.slice(1), where: process.execPath, found, required: true, notes };
}

/**
 * @param {Machine} machine
 * @returns {Finding}
 */
function examinePackages(machine) {
  const missing = missingPackages(machine);
  const found = missing.length === 0;
  const some = missing.slice(0, 3).join(', ');
  const notes = found ? [] : [`${missing.length} absent or of another version (${some} …); run: npm ci`];
  // The servers of the local cloud are packages too, chosen by platform, so they are covered by this line.
  return { part: 'node_modules', version: '', where: 'node_modules', found, required: true, notes };
}

/**
 * @param {Machine} machine
 * @param {import('./programs.mjs').Program} program
 * @returns {Finding}
 */
function examineProgram(machine, program) {
  const { found, rejected } = search(machine, program);
  const notes = rejected.map(({ path, why }) => `${path} ${why}`);
  if (!found) notes.push(remedyFor(machine, program));
  return {
    part: program.name,
    version: found?.version ?? '',
    where: found ? `${found.path} (${found.origin})` : `needed for: ${program.purpose}`,
    found: found !== undefined,
    required: program.required,
    notes,
  };
}

/**
 * @param {Finding[]} findings
 * @returns {string} a table, one line a part, its notes indented below
 */
export function printFindings(findings) {
  const width = Math.max(...findings.map((finding) => finding.part.length));
  return findings
    .flatMap((finding) => [
      `${state(finding).padEnd(8)} ${finding.part.padEnd(width)}  ${finding.version.padEnd(9)} ${finding.where}`,
      ...finding.notes.map((note) => `${' '.repeat(9)}${note}`),
    ])
    .join('\n');
}

/** @param {Finding} finding */
function state(finding) {
  if (finding.found) return 'ok';
  return finding.required ? 'MISSING' : 'absent';
}
