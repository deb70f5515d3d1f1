import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { setUp } from '../../local/setup/set-up.mjs';
import { findTool, toolPath } from '../../local/setup/tools.mjs';
import { poorMachine, putTemporal, type PoorMachine } from './poor-machine.ts';

/** A package manager that brings a client of this version to where Debian keeps it. */
function putApt(machine: PoorMachine, version = '15.8'): void {
  const folder = `${machine.debianPostgres}/${version.split('.')[0]}/bin`;
  const write = (name: string): string =>
    `printf '#!/bin/sh\\necho "${name} (PostgreSQL) ${version}"\\n' > ${folder}/${name}; chmod 755 ${folder}/${name}`;
  const bringAll = ['pg_dump', 'pg_restore', 'psql'].map(write).join('; ');
  machine.put(
    'apt-get',
    `case "$1" in install) mkdir -p ${folder}; ${bringAll} ;; download) touch postgresql-15_15.8_amd64.deb ;; esac`,
  );
}

describe('missing PostgreSQL client programs', () => {
  test('are installed by apt-get for root, announced first', () => {
    const machine = poorMachine({ isRoot: true });
    putTemporal(machine);
    putApt(machine);
    expect(setUp(machine)).toBe(true);
    expect(machine.said[0]).toBe('set-up: installing the system package postgresql-client (apt-get)');
    expect(machine.calls().slice(0, 2)).toEqual([
      'apt-get update -qq',
      'apt-get install -y -qq --no-install-recommends postgresql-client',
    ]);
    expect(findTool('psql', machine)).toMatchObject({ version: '15.8', origin: machine.debianPostgres });
  });

  test('come with pgbench, taken out of the server package without installing it', () => {
    const machine = poorMachine({ isRoot: true });
    putTemporal(machine);
    putApt(machine);
    const bin = join(machine.cache, 'postgres/usr/lib/postgresql/15/bin');
    const script = `mkdir -p ${bin}; printf '#!/bin/sh\\necho "pgbench (PostgreSQL) 15.8"\\n' > ${bin}/pgbench`;
    machine.put('dpkg-deb', `${script}; chmod 755 ${bin}/pgbench`);
    expect(setUp(machine)).toBe(true);
    expect(toolPath('pgbench', machine)).toBe(join(bin, 'pgbench'));
  });

  test('are there although pgbench could not be had, and pgbench says how to get it', () => {
    const machine = poorMachine({ isRoot: true });
    putTemporal(machine);
    putApt(machine);
    machine.put('dpkg-deb', 'exit 1');
    expect(setUp(machine)).toBe(true);
    expect(() => toolPath('pgbench', machine)).toThrow(/^pgbench was not found; run as root: .* install postgresql /);
  });

  test('are never installed without root: the message says what root would run', () => {
    const machine = poorMachine({ isRoot: false });
    putTemporal(machine);
    putApt(machine);
    machine.put('sudo', '');
    expect(setUp(machine)).toBe(false);
    expect(machine.calls()).toEqual([]);
    const text = machine.said.join('\n');
    expect(text).toContain('run as root: apt-get update && apt-get install postgresql-client');
    expect(text).toContain('or set PG_BIN');
  });

  test('that apt-get cannot install are told as missing', () => {
    const machine = poorMachine({ isRoot: true });
    putTemporal(machine);
    machine.put('apt-get', 'exit 100');
    expect(setUp(machine)).toBe(false);
    expect(machine.said).toContain('set-up: missing: pg_dump, pg_restore, psql');
  });

  test('of a distribution that has only an older version are told with the version found', () => {
    const machine = poorMachine({ isRoot: true });
    putTemporal(machine);
    putApt(machine, '14.12');
    expect(setUp(machine)).toBe(false);
    expect(machine.said.join('\n')).toContain('14/bin/pg_dump is version 14.12; needed is 15.0 or newer');
  });

  test('come from Homebrew where there is no apt-get', () => {
    const machine = poorMachine();
    putTemporal(machine);
    const folder = join(machine.root, 'homebrew/opt/libpq/bin');
    mkdirSync(folder, { recursive: true });
    const write = (name: string): string =>
      `printf '#!/bin/sh\\necho "${name} (PostgreSQL) 18.1"\\n' > ${folder}/${name}; chmod 755 ${folder}/${name}`;
    machine.put('brew', ['pg_dump', 'pg_restore', 'psql'].map(write).join('; '));
    expect(setUp(machine)).toBe(true);
    expect(machine.calls()).toEqual(['brew install libpq']);
    expect(findTool('pg_dump', machine)?.origin).toBe('Homebrew');
  });

  test('without any package manager end in one message that says what to set', () => {
    const machine = poorMachine({ isRoot: true });
    putTemporal(machine);
    expect(setUp(machine)).toBe(false);
    expect(machine.said.join('\n')).toContain(
      "install PostgreSQL's client programs with your system's package manager",
    );
    expect(existsSync(join(machine.cache, 'postgres'))).toBe(false);
  });
});
