import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installCustody, readCustodyRow } from '../../../activities/cutover/custody-store.ts';
import { releaseClaim } from '../../../activities/cutover/release-claim.ts';
import { doRescue, planRescue } from '../../../activities/cutover/rescue.ts';
import { findSides } from '../../../worker/rescue/find-sides.ts';
import { openCloudStage, planOf, type CloudStage } from '../../activities/rds/cloud-stage.ts';

describe('rescue without a target, gone or never made', () => {
  let stage: CloudStage;
  beforeAll(async () => {
    stage = await openCloudStage();
  });
  afterAll(() => stage.stop());

  test('gives the source its writes back, and releases its claim', async () => {
    const sides = await findSides(stage.clients, planOf(stage));
    await using session = await stage.clients.openSession(sides.source, { name: 'test' });
    await installCustody(session, { migration: sides.migration, run: 'run', state: 'open' });
    await session.query(
      `UPDATE daybreak.custody SET state = 'fenced', before = 'open', hand_over = 'a', fenced_at = now()`,
    );

    const found = await planRescue(stage.clients, sides);
    expect(found).toMatchObject({ target: null, rescue: { kind: 'give-back', giver: 'source' } });
    expect(await doRescue(stage.clients, sides, found)).toBe('given-back');
    expect(await readCustodyRow(session)).toMatchObject({ state: 'open' });

    await releaseClaim(stage.clients, sides, { source: 'open', target: null });
    expect(await readCustodyRow(session)).toBeNull();
  });

  test('is refused without a source', async () => {
    const elsewhere = planOf(stage, { source: { instance: 'no-such-db' } });
    await expect(findSides(stage.clients, elsewhere)).rejects.toMatchObject({ type: 'ResourceFailed' });
  });
});
