import { writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { openBench } from '../workflows/time-skipping.ts';
import { ENDINGS } from './endings.ts';
import { historyFile } from './histories.ts';

/**
 * Records a history of every ending: `npm run record-replay`, at a release or when a recorded one can rightly no longer be replayed.
 * A history that exists is what released code wrote: replacing one gives up the runs that were started by it.
 */
await using bench = await openBench({ identity: 'recorder' });
for (const [ending, reach] of Object.entries(ENDINGS)) {
  const run = await reach(bench, bench.freshWorld());
  const history: unknown = JSON.parse(historyToJSON(await run.handle.fetchHistory()));
  await writeFile(historyFile('dump', ending), `${JSON.stringify(slim(history))}\n`);
  process.stdout.write(`recorded dump × ${ending}\n`);
}

/** Stack traces name folders of the machine that recorded; no replay compares inputs of activities, which hold the plan each time. */
function slim(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(slim);
  if (typeof value !== 'object' || value === null) return value;
  const isActivity = 'activityType' in value && 'taskQueue' in value;
  const kept = Object.entries(value).filter(([key]) => key !== 'stackTrace' && !(isActivity && key === 'input'));
  return Object.fromEntries(kept.map(([key, member]) => [key, slim(member)]));
}
