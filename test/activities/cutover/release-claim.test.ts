import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installCustody } from '../../../activities/cutover/custody-store.ts';
import { releaseClaim } from '../../../activities/cutover/release-claim.ts';
import type { SideName } from '../../../model/rescue.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';

describe('the claim of a run that is gone', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ source: '15', target: '17' });
  });
  afterAll(() => pair.stop());
  beforeEach(async () => {
    for (const [side, state] of [['source', 'open'] as const, ['target', 'closed'] as const]) {
      await using session = await pair.clients.openSession(pair[side], { name: 'test' });
      await session.query('DROP SCHEMA IF EXISTS daybreak CASCADE');
      await installCustody(session, { migration: pair.migration, run: 'run', state });
    }
  });
  const release = async (target: 'closed' | null = 'closed'): Promise<void> =>
    await releaseClaim(pair.clients, pair, { source: 'open', target });
  const held = async (side: SideName): Promise<boolean> =>
    (await pair.sql(side, `SELECT FROM pg_namespace WHERE nspname = 'daybreak'`)).length > 0;

  test('is taken from both sides, and the doors it shut stand open again', async () => {
    await pair.sql('target', `UPDATE daybreak.custody SET doors = daybreak.shut_doors('{}')`);
    await release();
    expect([await held('source'), await held('target')]).toEqual([false, false]);
    expect(await pair.sql('target', `SELECT current_setting('default_transaction_read_only') AS fence`)).toEqual([
      { fence: 'off' },
    ]);
  });

  test('is taken from the source alone where the target has none', async () => {
    await pair.sql('target', 'DROP SCHEMA daybreak CASCADE');
    await release(null);
    expect(await held('source')).toBe(false);
  });

  test.each([
    ['source', `state = 'fenced', before = 'open'`],
    ['source', `migration = 'another'`],
    ['target', `state = 'taken'`],
  ] as const)('stays on a %s with %s, and the source keeps its own', async (side, change) => {
    await pair.sql(side, `UPDATE daybreak.custody SET ${change}`);
    await expect(release()).rejects.toMatchObject({ type: 'CustodyHeldElsewhere' });
    expect([await held('source'), await held(side)]).toEqual([true, true]);
  });
});
