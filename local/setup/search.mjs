/** Looks for a program in every place it may be, in a fixed order, and takes the first that runs and is new enough. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable, onPath, run } from './machine.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./programs.mjs').Program} Program */
/** @typedef {{ path: string, version: string, origin: string }} Found `origin` says in words where it was found; an unknown version is empty */
/** @typedef {{ path: string, why: string }} Rejected */
/** @typedef {{ found: Found | undefined, rejected: Rejected[] }} Search */

/**
 * @param {Machine} machine
 * @param {Program} program
 * @returns {Search}
 */
export function search(machine, program) {
  /** @type {Rejected[]} */
  const rejected = [];
  for (const place of places(machine, program)) {
    const verdict = inspect(machine, program, place.path);
    if ('version' in verdict) return { found: { ...place, version: verdict.version }, rejected };
    rejected.push({ path: place.path, why: verdict.why });
    // Who names a file means that file: another one behind their back would be worse than none.
    if (place.origin === program.variable) break;
  }
  return { found: undefined, rejected };
}

/**
 * @param {Machine} machine
 * @param {Program} program
 * @returns {Generator<{ path: string, origin: string }>}
 */
function* places(machine, program) {
  const named = machine.env[program.variable];
  if (named) {
    yield { path: program.family === 'postgres' ? join(named, program.name) : named, origin: program.variable };
  }
  for (const name of program.fileNames) {
    const path = onPath(machine, name);
    if (path) yield { path, origin: 'PATH' };
  }
  if (program.family === 'postgres') yield* postgresPlaces(machine, program.name);
  if (program.family === 'pooler') yield* poolerPlaces(machine, program.name);
  if (program.family === 'temporal') yield* temporalPlaces(machine, program.name);
}

/**
 * @param {Machine} machine
 * @param {string} name
 */
function* postgresPlaces(machine, name) {
  const config = onPath(machine, 'pg_config');
  const configured = config ? run(machine, [config, '--bindir'], { timeoutMs: 10_000 }) : undefined;
  /** @type {[folder: string, origin: string][]} */
  const folders = configured?.ok ? [[configured.output, 'pg_config']] : [];
  for (const major of entries(machine.debianPostgres).toSorted((a, b) => Number(b) - Number(a))) {
    folders.push([join(machine.debianPostgres, major, 'bin'), machine.debianPostgres]);
  }
  for (const prefix of machine.homebrewPrefixes) {
    const kegs = entries(join(prefix, 'opt')).filter((keg) => keg === 'libpq' || keg.startsWith('postgresql'));
    folders.push(
      ...kegs.toSorted().map((keg) => /** @type {[string, string]} */ ([join(prefix, 'opt', keg, 'bin'), 'Homebrew'])),
    );
  }
  const cache = join(machine.cache, 'postgres');
  for (const major of entries(join(cache, 'usr/lib/postgresql'))) {
    folders.push([join(cache, 'usr/lib/postgresql', major, 'bin'), '.cache']);
  }
  for (const [folder, origin] of folders) {
    if (existsSync(join(folder, name))) yield { path: join(folder, name), origin };
  }
}

/**
 * Where packages put a daemon: a folder that is on root's PATH only.
 * @param {Machine} machine
 * @param {string} name
 */
function* poolerPlaces(machine, name) {
  const folders = [
    [machine.systemPrograms, machine.systemPrograms],
    ...machine.homebrewPrefixes.map((prefix) => [join(prefix, 'opt', name, 'bin'), 'Homebrew']),
  ];
  for (const [folder = '', origin = ''] of folders) {
    if (existsSync(join(folder, name))) yield { path: join(folder, name), origin };
  }
}

/**
 * @param {Machine} machine
 * @param {string} name
 */
function* temporalPlaces(machine, name) {
  const download = join(machine.cache, 'temporal/sdk', name);
  const wheel = join(machine.cache, 'temporal/wheel', name, 'bin', name);
  for (const path of [download, wheel]) if (existsSync(path)) yield { path, origin: '.cache' };
}

/**
 * @param {string} folder
 * @returns {string[]} what it holds; nothing if there is no such folder
 */
function entries(folder) {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

/**
 * @param {Machine} machine
 * @param {Program} program
 * @param {string} path
 * @returns {{ version: string } | { why: string }}
 */
function inspect(machine, program, path) {
  if (!isExecutable(path)) return { why: existsSync(path) ? 'is not an executable file' : 'does not exist' };
  if (program.oldest === undefined) return { version: '' };
  const { ok, output } = run(machine, [path, '--version'], { timeoutMs: 20_000 });
  const numbers = /(\d+)\.?(\d+)?\S*/.exec(output);
  if (!ok || !numbers) return { why: `does not run: ${output.split('\n')[0] ?? ''}` };
  const [major, minor] = [Number(numbers[1]), Number(numbers[2] ?? 0)];
  const [oldestMajor, oldestMinor] = program.oldest;
  const isNewEnough = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  if (isNewEnough) return { version: numbers[0] };
  return { why: `is version ${numbers[0]}; needed is ${oldestMajor}.${oldestMinor} or newer` };
}
