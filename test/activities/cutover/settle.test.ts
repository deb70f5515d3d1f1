import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { CustodyPair } from '../../../activities/contract.ts';
import { claimGiver, claimTaker } from '../../../activities/cutover/attempt.ts';
import { raiseFence } from '../../../activities/cutover/fence.ts';
import { cutoverActivities } from '../../../activities/cutover/index.ts';
import { copyLedger, handOverBehindFence } from './copy-ledger.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage('15');
});
afterEach(() => stage.reset());
afterAll(() => stage.stop());

/** As Temporal would call it: the token is the time the attempt was scheduled. */
function settle(token: number): Promise<CustodyPair> {
  const { settleHandOver } = cutoverActivities(stage.pair.clients);
  const environment = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: token });
  return environment.run(() => settleHandOver({ ...stage.handOver('a'), direction: 'source-to-target' }));
}

async function fenceAndDie(): Promise<void> {
  await using held = await claimGiver(stage.order(stage.handOver('a'), 10));
  await using attempt = await claimTaker(held);
  await raiseFence(attempt);
}

test('a fence whose attempt was reported as done by hand is given back', async () => {
  await fenceAndDie();
  expect(await settle(20)).toMatchObject({
    source: { state: 'open', token: 20 },
    target: { state: 'closed', token: 20 },
  });
});

test('a target that does not answer keeps no settled run waiting', async () => {
  await fenceAndDie();
  await stage.pair.servers.target.stop('immediate');
  expect(await settle(20)).toMatchObject({ source: { state: 'open' }, target: null });
  await stage.pair.servers.target.start();
});

test('a hand-over that was completed is left as it is', async () => {
  await handOverBehindFence(stage.order(stage.handOver('a'), 10), copyLedger);
  expect(await settle(20)).toMatchObject({ source: { state: 'given' }, target: { state: 'taken' } });
});

test('an attempt that has not fenced yet finds itself overtaken', async () => {
  expect(await settle(20)).toMatchObject({ source: { state: 'open', token: 20 } });
  await expect(handOverBehindFence(stage.order(stage.handOver('a'), 10), copyLedger)).rejects.toMatchObject({
    type: 'TokenOutdated',
  });
});
