import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowBundle as bundleWorkflows } from '../../worker/workflow-bundle.ts';
import { ENDINGS } from './endings.ts';
import { historiesFolder } from './histories.ts';

const files = (await readdir(historiesFolder)).toSorted();
const read = (file: string): Promise<string> => readFile(`${historiesFolder}${file}`, 'utf8');

let workflowBundle: WorkflowBundleOption;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await bundleWorkflows();
});

const replay = (json: string): Promise<void> => Worker.runReplayHistory({ workflowBundle }, JSON.parse(json));

describe('a migration started by released code', () => {
  it.each(files)('goes on under this code: %s', async (file) => {
    await expect(replay(await read(file))).resolves.toBeUndefined();
  });

  it('is recorded for every ending', () => {
    expect(files).toEqual(
      Object.keys(ENDINGS)
        .map((ending) => `dump-${ending}.json`)
        .toSorted(),
    );
  });

  it('whose activity has another name cannot go on, which is why names are frozen', async () => {
    const renamed = (await read('dump-done.json')).replaceAll('"copyDatabase"', '"duplicateDatabase"');
    await expect(replay(renamed)).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});

describe('a recorded history', () => {
  it.each(files)('names no machine and no folder of one: %s', async (file) => {
    const json = await read(file);
    expect(json.includes(hostname())).toBe(false);
    expect(/\/(work|home|root|Users)\//.test(json)).toBe(false);
  });
});
