/**
 * A machine in a temporary folder that has only what a test gives it: its PATH is one folder of small scripts,
 * each of which notes that it was called.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Machine } from '../../local/setup/machine.mjs';

export interface PoorMachine extends Machine {
  /** The only folder on its PATH. */
  bin: string;
  said: string[];
  /** Puts an executable shell script somewhere; a bare name goes on the PATH. Returns its path. */
  put(file: string, script: string): string;
  /** Command lines in the order they were run, looks at versions left out. */
  calls(): string[];
}

export const PGBOUNCER_SCRIPT = 'echo "PgBouncer 1.18.0"';

/** `pooler`: whether it has PgBouncer, which most tests are not about. */
export function poorMachine(differences: Partial<Machine> = {}, { pooler = true } = {}): PoorMachine {
  const root = mkdtempSync(join(tmpdir(), 'daybreak-set-up-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bin = join(root, 'bin');
  const log = join(root, 'calls');
  const said: string[] = [];
  writePackages(root, '1.0.0', '1.0.0');

  function put(file: string, script: string): string {
    const path = file.includes('/') ? join(root, file) : join(bin, file);
    mkdirSync(dirname(path), { recursive: true });
    const noteCall = `case "$*" in *--version|*--help) ;; *) echo "${file} $*" >> ${log} ;; esac`;
    writeFileSync(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${noteCall}\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  mkdirSync(bin);
  if (pooler) put('pgbouncer', PGBOUNCER_SCRIPT);
  return {
    root,
    bin,
    said,
    put,
    cache: join(root, '.cache'),
    env: { PATH: bin },
    nodeVersion: 'v20.19.0',
    isRoot: false,
    debianPostgres: join(root, 'debian'),
    systemPrograms: join(root, 'sbin'),
    homebrewPrefixes: [join(root, 'homebrew')],
    sdkDownload: [put('sdk-download', 'exit 1')],
    say: (line) => said.push(line),
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    ...differences,
  };
}

/** Lock file and npm's note of what is installed, with one package each. */
export function writePackages(root: string, locked: string, installed: string | undefined): void {
  const lockOf = (version: string): string => JSON.stringify({ packages: { 'node_modules/pg': { version } } });
  writeFileSync(join(root, 'package-lock.json'), lockOf(locked));
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(join(root, 'node_modules/.package-lock.json'), installed === undefined ? '{' : lockOf(installed));
}

export function postgresScript(name: string, version: string): string {
  return `echo "${name} (PostgreSQL) ${version}"`;
}

export const TEMPORAL_SCRIPT = 'echo "temporal version 1.9.1 (Server 1.32.0)"';

export function putPostgres(machine: PoorMachine, folder = 'bin', version = '17.2'): void {
  for (const name of ['pg_dump', 'pg_restore', 'psql']) machine.put(`${folder}/${name}`, postgresScript(name, version));
}

export function putTemporal(machine: PoorMachine): void {
  machine.put('temporal', TEMPORAL_SCRIPT);
  machine.put('temporal-test-server', '');
}
