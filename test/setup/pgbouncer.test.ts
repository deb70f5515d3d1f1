import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examine, printFindings } from '../../local/setup/examination.mjs';
import { programNamed } from '../../local/setup/programs.mjs';
import { search } from '../../local/setup/search.mjs';
import { setUp } from '../../local/setup/set-up.mjs';
import { findTool, toolPath } from '../../local/setup/tools.mjs';
import { PGBOUNCER_SCRIPT, poorMachine, putPostgres, putTemporal, type PoorMachine } from './poor-machine.ts';

function withoutPooler(isRoot = false): PoorMachine {
  const machine = poorMachine({ isRoot }, { pooler: false });
  putPostgres(machine);
  putTemporal(machine);
  return machine;
}

/** A package manager that brings it to where packages keep programs for root. */
const bringTo = (folder: string): string =>
  `[ "$1" = update ] || { mkdir -p ${folder}; printf '#!/bin/sh\\n%s\\n' '${PGBOUNCER_SCRIPT}' > ${folder}/pgbouncer; chmod 755 ${folder}/pgbouncer; }`;

describe('a missing PgBouncer', () => {
  test('is installed by apt-get for root, announced first, and its service is stopped', () => {
    const machine = withoutPooler(true);
    machine.put('apt-get', bringTo(machine.systemPrograms));
    machine.put('systemctl', '');
    expect(setUp(machine)).toBe(true);
    expect(machine.said.slice(0, 2)).toEqual([
      'set-up: installing the system package pgbouncer (apt-get)',
      'set-up: stopping the service pgbouncer that came with the package: only its program is needed',
    ]);
    expect(machine.calls()).toEqual([
      'apt-get update -qq',
      'apt-get install -y -qq --no-install-recommends pgbouncer',
      'systemctl disable --now pgbouncer',
    ]);
    expect(findTool('pgbouncer', machine)).toMatchObject({ version: '1.18.0', origin: machine.systemPrograms });
  });

  test('comes from Homebrew where there is no apt-get', () => {
    const machine = withoutPooler();
    machine.put('brew', bringTo(join(machine.root, 'homebrew/opt/pgbouncer/bin')));
    expect(setUp(machine)).toBe(true);
    expect(machine.calls()).toEqual(['brew install pgbouncer']);
    expect(findTool('pgbouncer', machine)?.origin).toBe('Homebrew');
  });

  test.each([
    ['without root', false, 'run as root: apt-get update && apt-get install pgbouncer'],
    ['where apt-get cannot install it', true, 'run as root: apt-get update && apt-get install pgbouncer'],
  ])('%s is told with what mends it, and the rest goes on', (_case, isRoot, remedy) => {
    const machine = withoutPooler(isRoot);
    machine.put('apt-get', 'exit 100');
    machine.put('sudo', '');
    expect(setUp(machine)).toBe(true);
    expect(machine.said).toContain('set-up: missing: pgbouncer');
    expect(machine.said.join('\n')).toContain(remedy);
    expect(machine.said.at(-1)).toMatch(/^set-up: all that is required is there: /);
    expect(machine.calls().join('\n')).not.toContain('sudo');
    expect(() => toolPath('pgbouncer', machine)).toThrow(/^pgbouncer was not found; run as root: /);
  });

  test('without any package manager says what to set', () => {
    const machine = withoutPooler(true);
    expect(setUp(machine)).toBe(true);
    expect(machine.said.join('\n')).toContain('or set PGBOUNCER_BIN to the file');
  });

  test('is not replaced where PGBOUNCER_BIN names a file that does not serve', () => {
    const machine = withoutPooler(true);
    machine.put('apt-get', bringTo(machine.systemPrograms));
    machine.env['PGBOUNCER_BIN'] = join(machine.root, 'nothing');
    setUp(machine);
    expect(machine.calls()).toEqual([]);
    expect(machine.said).toContain(`  ${machine.root}/nothing does not exist`);
  });
});

test('the search goes from PGBOUNCER_BIN to the PATH to the folder of system programs', () => {
  const machine = withoutPooler();
  const inSystem = machine.put('sbin/pgbouncer', PGBOUNCER_SCRIPT);
  expect(search(machine, programNamed('pgbouncer')).found?.path).toBe(inSystem);
  const onPath = machine.put('pgbouncer', PGBOUNCER_SCRIPT);
  expect(search(machine, programNamed('pgbouncer')).found?.path).toBe(onPath);
  chmodSync(onPath, 0o644);
  expect(search(machine, programNamed('pgbouncer')).found?.path).toBe(inSystem);
  machine.env['PGBOUNCER_BIN'] = machine.put('chosen/pgbouncer', PGBOUNCER_SCRIPT);
  expect(search(machine, programNamed('pgbouncer')).found?.origin).toBe('PGBOUNCER_BIN');
});

test('the doctor prints where it is, or what it would be needed for', () => {
  expect(printFindings(examine(poorMachine()))).toMatch(/ok +pgbouncer +1\.18\.0 .*\(PATH\)/);
  expect(printFindings(examine(withoutPooler()))).toMatch(/absent +pgbouncer +needed for: pooler in front of/);
});
