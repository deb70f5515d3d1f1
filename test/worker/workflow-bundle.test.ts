import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { workflowBundle } from '../../worker/workflow-bundle.ts';

test('the workflow code is bundled once and kept until its sources change', async () => {
  const first = await workflowBundle();
  if (!('codePath' in first)) throw new Error('wanted a bundle on disk');
  const { mtimeMs } = await stat(first.codePath);
  expect(await workflowBundle()).toEqual(first);
  expect((await stat(first.codePath)).mtimeMs).toBe(mtimeMs);
});
