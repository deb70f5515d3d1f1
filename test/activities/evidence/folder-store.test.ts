import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { evidenceActivities } from '../../../activities/evidence/index.ts';
import { folderStore } from '../../../activities/evidence/folder-store.ts';
import { digestOf } from '../../../model/digest.ts';
import type { DecommissionReport } from '../../../model/report.ts';
import type { Progress } from '../../../model/progress.ts';

const place = { name: 'mindmeasure-db', host: 'h', port: 5432, database: 'mindmeasure', engine: 'postgres 15.18' };
const report: DecommissionReport = {
  schemaVersion: 1,
  gate: 'decommission',
  pauses: [],
  migration: 'daybreak/1/eu-west-2/mindmeasure-db/mindmeasure',
  run: 'run',
  round: 1,
  createdAt: '2026-11-22T10:00:00Z',
  expiresAt: '2026-11-22T14:00:00Z',
  operator: 'olga',
  approvers: ['anna'],
  separationOfDuties: true,
  from: place,
  to: place,
  findings: [],
  source: 'keep',
  finalSnapshot: null,
  keepAutomatedBackups: true,
};

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'evidence-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return join(path, 'evidence');
}

test('a report lies under its digest, which anyone can check with sha256sum', async () => {
  const path = await folder();
  const digest = digestOf(report);
  const { location } = await evidenceActivities({ evidence: folderStore(path) }).publishReport({ digest, report });
  const bytes = await readFile(location);
  expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
  expect(location).toBe(join(path, `${digest.replace(':', '-')}.json`));
  expect(JSON.parse(bytes.toString())).toEqual(report);
});

test('only the worker’s account can read what is kept', async () => {
  const path = await folder();
  const { location } = await folderStore(path).put(digestOf(report), report);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect((await stat(location)).mode & 0o777).toBe(0o600);
});

test('the same report twice is one file, and a damaged one is mended', async () => {
  const path = await folder();
  const { location } = await folderStore(path).put(digestOf(report), report);
  await folderStore(path).put(digestOf(report), report);
  expect(await readdir(path)).toHaveLength(1);
  await writeFile(location, 'damaged');
  await folderStore(path).put(digestOf(report), report);
  expect(JSON.parse(await readFile(location, 'utf8'))).toEqual(report);
});

test('a document is refused under a digest that is not its own', async () => {
  const path = await folder();
  await expect(folderStore(path).put('sha256:00', report)).rejects.toThrow(TypeError);
});

test('the outcome of a run is kept as well', async () => {
  const path = await folder();
  const progress = { schemaVersion: 1, migration: report.migration, run: 'run', status: 'done' } as Progress;
  const { location } = await evidenceActivities({ evidence: folderStore(path) }).publishOutcome({ progress });
  expect(JSON.parse(await readFile(location, 'utf8'))).toEqual(progress);
});

test('a folder that cannot be written fails by name and can be retried', async () => {
  const path = await folder();
  await writeFile(path, 'a file in its place');
  await expect(folderStore(path).put(digestOf(report), report)).rejects.toMatchObject({
    type: 'EvidenceUnwritable',
    nonRetryable: false,
    message: expect.stringContaining(path),
  });
});
