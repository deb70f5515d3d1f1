import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from 'prettier';
import { expect, onTestFinished, test } from 'vitest';
import { markdownTable, recordResult } from '../../bench/record-result.ts';

test('a result is kept whole as JSON and readable as Markdown, both formatted as the project is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-result-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const table = markdownTable(['', 'gap'], [['cutover | rollback', '40 ms']]);
  await recordResult('some', { gap: [1, 2] }, `# Some\n\n${table}`, folder);
  const json = await readFile(join(folder, 'some.json'), 'utf8');
  const markdown = await readFile(join(folder, 'some.md'), 'utf8');
  expect(JSON.parse(json)).toEqual({ gap: [1, 2] });
  expect(markdown).toMatch(/\| cutover \\\| rollback +\| 40 ms +\|/);
  expect(await check(json, { parser: 'json' })).toBe(true);
  expect(await check(markdown, { parser: 'markdown', printWidth: 120 })).toBe(true);
});
