/** Asks the system's package manager for what npm has not; says so first, and never raises its own rights. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onPath, run } from './machine.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */

/**
 * @param {Machine} machine
 * @returns {boolean} false if this machine has no package manager we may use, or it failed; it has then shown why
 */
export function installPostgresClient(machine) {
  if (canUseApt(machine)) {
    if (!aptInstall(machine, 'postgresql-client')) return false;
    unpackPgbench(machine);
    return true;
  }
  if (!onPath(machine, 'brew')) return false;
  machine.say('set-up: installing the Homebrew package libpq (pg_dump, pg_restore, psql)');
  return run(machine, ['brew', 'install', 'libpq'], { show: true }).ok;
}

/**
 * @param {Machine} machine
 * @returns {boolean} as above
 */
export function installPgbouncer(machine) {
  if (canUseApt(machine)) {
    if (!aptInstall(machine, 'pgbouncer')) return false;
    stopService(machine, 'pgbouncer');
    return true;
  }
  if (!onPath(machine, 'brew')) return false;
  machine.say('set-up: installing the Homebrew package pgbouncer');
  return run(machine, ['brew', 'install', 'pgbouncer'], { show: true }).ok;
}

/**
 * Debian starts what it installs; here only the program was asked for, and a port taken for nothing may be somebody's.
 * @param {Machine} machine
 * @param {string} name
 */
function stopService(machine, name) {
  if (!onPath(machine, 'systemctl')) return;
  machine.say(`set-up: stopping the service ${name} that came with the package: only its program is needed`);
  run(machine, ['systemctl', 'disable', '--now', name]);
}

/** @param {Machine} machine */
export function canUseApt(machine) {
  return machine.isRoot && onPath(machine, 'apt-get') !== undefined;
}

/**
 * @param {Machine} machine
 * @param {string} name
 */
export function aptInstall(machine, name) {
  machine.say(`set-up: installing the system package ${name} (apt-get)`);
  const options = { show: true, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  // Without fresh lists the next command asks for versions that the mirror no longer has; stale mirrors beside it do no harm.
  run(machine, ['apt-get', 'update', '-qq'], options);
  return run(machine, ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', name], options).ok;
}

/**
 * Debian keeps pgbench in the server's package, whose installation would start a server: only the file is taken from it.
 * It is optional, so a failure is told by `npm run doctor` alone.
 * @param {Machine} machine
 */
function unpackPgbench(machine) {
  const major = readdirSync(machine.debianPostgres).toSorted((a, b) => Number(b) - Number(a))[0];
  const folder = join(machine.cache, 'postgres');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  machine.say('set-up: taking pgbench out of the server package, which is not installed');
  if (!run(machine, ['apt-get', 'download', '-qq', `postgresql-${major}`], { cwd: folder }).ok) return;
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (archive) run(machine, ['dpkg-deb', '-x', join(folder, archive), folder]);
}
