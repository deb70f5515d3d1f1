import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { locatePrograms } from '../../worker/programs.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'programs-'));
});
afterAll(async () => await rm(root, { recursive: true }));

/** A folder with these programs in it; a script that answers `answer`. */
async function folderWith(name: string, programs: readonly string[], answer = ''): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  for (const program of programs) {
    await writeFile(join(folder, program), `#!/bin/sh\necho "${answer}"\n`);
    await chmod(join(folder, program), 0o755);
  }
  return folder;
}

const BOTH = ['pg_dump', 'pg_restore'];
const located = (folder: string) => ({ pgDump: join(folder, 'pg_dump'), pgRestore: join(folder, 'pg_restore') });

describe('the client programs are taken', () => {
  test('from PG_BIN before anything else', async () => {
    const named = await folderWith('named', BOTH);
    const other = await folderWith('other', BOTH);
    expect(await locatePrograms({ pgBin: named, searchPath: other })).toEqual(located(named));
  });

  test('from the first folder of PATH that has both', async () => {
    const half = await folderWith('half', ['pg_dump']);
    const whole = await folderWith('whole', BOTH);
    expect(await locatePrograms({ pgBin: null, searchPath: `${half}:${whole}` })).toEqual(located(whole));
  });

  test('from where pg_config says', async () => {
    const hidden = await folderWith('hidden', BOTH);
    const config = await folderWith('config', ['pg_config'], hidden);
    expect(await locatePrograms({ pgBin: null, searchPath: config })).toEqual(located(hidden));
  });
});

test('a PG_BIN without them is told, not replaced', async () => {
  const empty = await folderWith('empty', []);
  const whole = await folderWith('unused', BOTH);
  await expect(locatePrograms({ pgBin: empty, searchPath: whole })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/PG_BIN=.*empty has no pg_dump.*apt-get install postgresql-client/),
  });
});
