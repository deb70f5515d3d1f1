import { cp, mkdtemp, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = `import path, { basename } from 'node:path';
import { word } from './word.ts';
const place: string = basename(import.meta.url);
const said = await Promise.resolve([word, path.basename(place), ...process.argv.slice(2)]);
console.log(said.join(' '));
`;

/** A small project with our launcher, a program `client/main.ts` and a file it imports. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'launch-'));
  for (const path of ['client/launch', 'package.json', 'package-lock.json', 'tsconfig.json'])
    await cp(join(ROOT, path), join(folder, path), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'client/main.ts'), MAIN);
  await says('hello');
});
afterEach(() => rm(folder, { recursive: true }));

const says = (word: string) => writeFile(join(folder, 'client/word.ts'), `export const word: string = '${word}';\n`);
const run = async (...args: string[]): Promise<string> =>
  (
    await execa(process.execPath, [join(folder, 'client/launch/program.mjs'), 'client/main.ts', ...args], {
      cwd: tmpdir(),
    })
  ).stdout;
const bundles = async (): Promise<string[]> =>
  (await readdir(join(folder, '.cache/programs'))).filter((file) => file.endsWith('.js'));
const compiled = async (): Promise<string[]> =>
  (await readdir(join(folder, '.cache/programs')))
    .filter((file) => file.endsWith(process.version))
    .map((file) => join(folder, '.cache/programs', file));

test('a program runs with its arguments from any folder, knows its own place, and is bundled once', async () => {
  expect(await run('a', '--b')).toBe('hello main.ts a --b');
  const made = await bundles();
  expect(made).toHaveLength(1);
  expect(await run()).toBe('hello main.ts');
  expect(await bundles()).toEqual(made);
});

test('what it was compiled to is kept when it ends, and one that V8 refuses is replaced', async () => {
  await run();
  const [kept] = await compiled();
  const made = await readFile(kept ?? '');
  expect(made.length).toBeGreaterThan(500);
  expect(await run('again')).toBe('hello main.ts again');
  expect(await readFile(kept ?? '')).toEqual(made);
  await writeFile(kept ?? '', 'of another make');
  expect(await run('again')).toBe('hello main.ts again');
  expect((await readFile(kept ?? '')).length).toBeGreaterThan(500);
});

test('a program that fails at its top level ends with its error and with 1', async () => {
  await writeFile(join(folder, 'client/main.ts'), `await Promise.reject(new Error('it may not start'));`);
  await expect(run()).rejects.toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it may not start') });
});

test('a program that waits for what can never come does not end as if it had done its work', async () => {
  await writeFile(join(folder, 'client/main.ts'), `await new Promise(() => {});`);
  await expect(run()).rejects.toMatchObject({ exitCode: 13 });
});

test('a change in a file it imports is seen by the next start, and a bundle long out of use goes', async () => {
  await run();
  const [first] = await bundles();
  await says('changed');
  expect(await run()).toBe('changed main.ts');
  expect(await bundles()).toHaveLength(2);
  const yesterday = new Date(Date.now() - 86_400_000);
  await utimes(join(folder, '.cache/programs', first ?? ''), yesterday, yesterday);
  await says('changed again');
  expect(await run()).toBe('changed again main.ts');
  expect(await bundles()).toHaveLength(2);
  expect(await bundles()).not.toContain(first);
});

test('a file it imports that is gone is an error of the bundler that names it, not an old answer', async () => {
  await run();
  await rm(join(folder, 'client/word.ts'));
  await expect(run()).rejects.toThrow('Could not resolve "./word.ts"');
});

test('where no bundle can be kept it runs file by file', async () => {
  await writeFile(join(folder, '.cache'), 'no folder');
  expect(await run('a')).toBe('hello main.ts a');
});

test('a launcher without a program says how it is called', async () => {
  await expect(execa(process.execPath, [join(ROOT, 'client/launch/program.mjs')])).rejects.toThrow(
    'wanted: node client/launch',
  );
});
