/**
 * `node sdk-download.mjs <program> <file>`: lets the Temporal SDK download one of its two servers and keeps the file.
 * The SDK downloads only while it starts a server, so one is started and stopped.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isExecutable } from './machine.mjs';

const [program, file] = process.argv.slice(2);
if (!program || !file) throw new Error('usage: sdk-download.mjs <program> <file>');
// Loaded here, since the set-up reads this folder's files before node_modules exists.
const { TestWorkflowEnvironment } = await import('@temporalio/testing');

mkdirSync(dirname(file), { recursive: true });
const folder = mkdtempSync(join(dirname(file), 'download-'));
try {
  const server = { executable: { type: /** @type {const} */ ('cached-download'), downloadDir: folder } };
  const environment = await (program === 'temporal'
    ? TestWorkflowEnvironment.createLocal({ server })
    : TestWorkflowEnvironment.createTimeSkipping({ server }));
  await environment.teardown();
  const downloaded = readdirSync(folder).find((name) => isExecutable(join(folder, name)));
  if (!downloaded) throw new Error(`the SDK left no program in ${folder}`);
  renameSync(join(folder, downloaded), file);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
