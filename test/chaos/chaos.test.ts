import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import type { CellResult } from './cell.ts';

const sample = async (step: string, fault: string): Promise<readonly CellResult[]> => {
  const results = await runCampaign({
    steps: [step],
    faults: [fault],
    strategy: 'blue-green',
    directions: ['source-to-target', 'target-to-source'],
    lanes: 1,
    onResult: () => undefined,
  });
  return results.filter((result) => result.fault === fault);
};

const green = { times: 1, faults: [] };

// The whole table is `npm run chaos`; what is left out here is told there.
test(
  'a worker killed about to open the other side: its successor, called by Temporal, hands over and loses nothing, there and back',
  { timeout: 300_000 },
  async () => {
    const end = expect.stringContaining('handed over') as string;
    expect(await sample('open', 'kill -9')).toMatchObject([
      { direction: 'source-to-target', ...green, outcome: { end, writable: ['target'], lost: 0 } },
      { direction: 'target-to-source', ...green, outcome: { end, writable: ['source'], lost: 0 } },
    ]);
  },
);
