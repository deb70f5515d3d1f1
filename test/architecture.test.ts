import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { breachOf, importsOf } from './import-law.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = globSync('**/*', {
  cwd: ROOT,
  dot: true,
  ignore: ['**/node_modules/**', '.git/**', '**/.cache/**', '**/.daybreak/**'],
});
const CODE = FILES.filter((file) => /\.(ts|mts|mjs|js)$/.test(file));
const TEXTS = FILES.filter((file) => !['.png', '.gz', '.log'].includes(extname(file)));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

test('the files of the project are found', () => {
  expect(CODE).toEqual(expect.arrayContaining(['test/architecture.test.ts', 'local/setup/main.mjs', '.ci/count.mjs']));
});

describe('the import law', () => {
  test('is kept by every file', () => {
    const breaches = CODE.flatMap((file) =>
      importsOf(read(file)).flatMap((entry) => {
        const breach = breachOf(file, entry);
        return breach === undefined ? [] : [`${file}: ${breach} (${entry.from})`];
      }),
    );
    expect(breaches).toEqual([]);
  });

  test.each([
    ['model/plan.ts', `import { readFileSync } from 'node:fs';`],
    ['model/plan.ts', `import fs from 'fs';`],
    ['model/plan.ts', `import { Client } from 'pg';`],
    ['model/plan.ts', `import type { State } from '../workflows/state.ts';`],
    ['workflows/phases/data.ts', `import { copy } from '../../activities/copy/copy.ts';`],
    ['workflows/phases/data.ts', `export * from '../../activities/copy/copy.ts';`],
    ['workflows/phases/data.ts', `const copy = await import('../../activities/copy/copy.ts');`],
    ['workflows/phases/data.ts', `import {\n  a,\n  b,\n} from 'node:path';`],
    ['workflows/phases/data.ts', `import '@temporalio/client';`],
    ['activities/rds/clusters.ts', `import { start } from '../../workflows/migration.ts';`],
    ['client/cli.ts', `import { config } from '../worker/config.ts';`],
    ['worker/main.ts', `import { cloud } from '../local/cloud/main.ts';`],
    ['local/cloud/rds/clusters.ts', `import type { Plan } from '../../../model/plan.ts';`],
  ])('is broken by %s with %s', (file, source) => {
    expect(importsOf(source).map((entry) => breachOf(file, entry))).toEqual([
      expect.stringContaining('may not import'),
    ]);
  });

  test.each([
    ['model/plan.ts', `import { z } from 'zod';`],
    ['model/plan.ts', `import { sha256 } from '@noble/hashes/sha2.js';`],
    ['model/cutover/steps.ts', `import { plan } from '../plan.ts';`],
    ['workflows/phases/data.ts', `import type { Copy } from '../../activities/copy/copy.ts';`],
    ['workflows/phases/data.ts', `type Copy = typeof import('../../activities/copy/copy.ts');`],
    ['worker/main.ts', `import { copy } from '../activities/copy/copy.ts';`],
    ['local/client/main.ts', `import { relay } from '../cloud/relay.ts';`],
  ])('is kept by %s with %s', (file, source) => {
    expect(importsOf(source).map((entry) => breachOf(file, entry))).toEqual([undefined]);
  });
});

describe('files', () => {
  test('are no longer than 300 lines', () => {
    const long = CODE.filter((file) => read(file).trimEnd().split('\n').length > 300);
    expect(long).toEqual([]);
  });

  test('are named in kebab-case after a concept, never after a drawer', () => {
    const drawers = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'shared', 'misc', 'lib']);
    const badly = CODE.filter((file) => {
      const stem = basename(file).replace(/(\.test|\.config)?\.\w+$/, '');
      return !/^[a-z0-9-]+$/.test(stem) || [stem, ...file.split('/').slice(0, -1)].some((name) => drawers.has(name));
    });
    expect(badly).toEqual([]);
  });

  test('are not taken out of the checks by comments or left-over switches', () => {
    const escapes = ['ts-|ignore', 'ts-|nocheck', 'lint-|disable', '.on|ly(', '.sk|ip('].map(joined);
    expect(findIn(CODE, escapes)).toEqual([]);
  });
});

describe('words that must stand in no file', () => {
  test('the password in the plan Daybreak was made for', () => {
    expect(findIn(TEXTS, [joined('MindMeasure20|24')])).toEqual([]);
  });

  test('hosts of package registries: each machine has its own', () => {
    const hosts = [
      'registry.|npmjs.org',
      'py|pi.org',
      'files.|pythonhosted.org',
      'deb.|debian.org',
      'proxy.|golang.org',
    ];
    expect(findIn(TEXTS, hosts.map(joined))).toEqual([]);
  });

  test('folders of the machine it was written on', () => {
    const folders = ['/ro|ot/', '/wo|rk/', '/Use|rs/', '/home/|ubuntu', '/home/|node/'].map(joined);
    expect(findIn(TEXTS, folders)).toEqual([]);
  });
});

/** Words are written here in two parts, else this file would find itself. */
function joined(parts: string): string {
  return parts.replace('|', '');
}

function findIn(files: readonly string[], words: readonly string[]): string[] {
  return files.flatMap((file) => {
    const text = read(file);
    return words.filter((word) => text.includes(word)).map((word) => `${file}: ${word}`);
  });
}
