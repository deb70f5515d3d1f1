import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { arm, found, leave, takeOrder } from './trap.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trap-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('the first at the step takes the order and is named, and nobody takes it again', () => {
  const order = { step: 'commit', deed: { kind: 'signal', signal: 'SIGKILL' } } as const;
  arm(folder, order);
  expect(takeOrder(folder, 'drain')).toBeNull();
  expect(found(folder, 'caught')).toBeNull();
  expect(takeOrder(folder, 'commit')).toEqual(order);
  expect(found(folder, 'caught')).toEqual({ pid: process.pid });
  expect(takeOrder(folder, 'commit')).toBeNull();
});

test('without an order nothing happens, and what a worker leaves is found', () => {
  expect(takeOrder(folder, 'commit')).toBeNull();
  expect(found(folder, 'over')).toBeNull();
  leave(folder, 'over');
  expect(found(folder, 'over')).toEqual({ pid: process.pid });
});
