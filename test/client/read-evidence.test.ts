import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderStore } from '../../activities/evidence/folder-store.ts';
import { readEvidence } from '../../client/read-evidence.ts';
import { digestOf } from '../../model/digest.ts';
import type { Progress } from '../../model/progress.ts';
import type { Report } from '../../model/report.ts';
import { decommission, readiness } from './example-gate.ts';
import { progress } from './render/example-progress.ts';

describe('the evidence of a run, read from a folder store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'daybreak-evidence-'));
  });
  afterEach(async () => await rm(folder, { recursive: true }));
  const put = async (document: Progress | Report): Promise<string> =>
    (await folderStore(folder).put(digestOf(document), document)).location;
  const read = async (location: string) => await readEvidence(location, progress());

  test('is its reports in the order they were made and then its outcome, whatever else lies there', async () => {
    const documents = [
      progress({ status: 'done' }),
      { ...decommission(), createdAt: '2026-03-23T16:00:00.000Z' },
      readiness(),
    ];
    const locations = await Promise.all(documents.map(put));
    await put({ ...readiness(), run: 'another-run' });
    await writeFile(join(folder, 'sha256-00.json'), 'no JSON');
    await writeFile(join(folder, 'notes.json'), '{}');
    const kept = documents.map((document, index) => ({ file: locations[index], intact: true, document }));
    expect(await read(locations[0] ?? '')).toEqual(JSON.parse(JSON.stringify(kept.toReversed())));
  });

  test('tells a document that was altered after it was kept', async () => {
    const location = await put(readiness());
    await writeFile(location, (await readFile(location, 'utf8')).replace('carol', 'mallory'));
    expect(await read(location)).toMatchObject([{ intact: false, document: { operator: 'mallory' } }]);
  });

  test('is not read where this machine has no such folder, or not this file', async () => {
    expect(await read(join(folder, 'elsewhere', 'sha256-1.json'))).toBeNull();
    expect(await read(join(folder, 'sha256-1.json'))).toBeNull();
  });
});
