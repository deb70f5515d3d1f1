import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { claimGiver } from '../../../activities/cutover/attempt.ts';
import { endHandOver } from '../../../activities/cutover/end-hand-over.ts';
import type { AttemptInput } from './attempt-process.ts';
import { openStage, type Stage } from './stage.ts';
import { startWriters } from './writers.ts';

const STEPS = [
  'check approval',
  'arm timed reopening',
  'close the taking side',
  'fence',
  'lock writes',
  'prove the fence',
  'switch',
  'commit',
  'open',
];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage('17');
});
afterEach(() => stage.reset());
afterAll(() => stage.stop());

/** Starts an attempt in a process of its own; `arrive` waits until it is about to take the step at which it freezes. */
async function startAttempt(change: Partial<AttemptInput>) {
  const { clients, source, roles } = stage.pair;
  const references = [source.password, ...roles.map(({ password }) => password)];
  const secrets = Object.fromEntries(
    await Promise.all(references.map(async (reference) => [reference, await clients.readSecret(reference)] as const)),
  );
  const input: AttemptInput = {
    handOver: stage.handOver('a'),
    token: 10,
    at: null,
    signal: 'SIGKILL',
    caFile: clients.caFile,
    secrets,
    ...change,
  };
  const file = `${stage.envFile}.attempt.json`;
  await writeFile(file, JSON.stringify(input), { mode: 0o600 });
  const program = new URL('./attempt-process.ts', import.meta.url).pathname;
  const attempt = execa(process.execPath, ['--import', 'tsx', program, file], { reject: false });
  const first = once(attempt.stdout, 'data');
  const arrive = async (): Promise<void> => expect(String(await first)).toBe('there\n');
  return { arrive, thaw: () => attempt.kill('SIGCONT'), end: async () => attempt };
}

/** What Temporal does next: a successor under a higher token settles what custody says. */
async function settle(token: number): Promise<string> {
  await using held = await claimGiver(stage.order(stage.handOver('a'), token));
  return await endHandOver(held);
}

async function writableSides(): Promise<string[]> {
  const states = await Promise.all(
    (['source', 'target'] as const).map(async (side) => {
      const [row] = await stage.ask<{ state: string }>(side, 'SELECT state FROM daybreak.custody');
      return row?.state === 'open' || row?.state === 'taken' ? [side] : [];
    }),
  );
  return states.flat();
}

async function lost(side: 'source' | 'target', acknowledged: readonly string[]): Promise<string[]> {
  const ids = new Set((await stage.ask<{ id: string }>(side, 'SELECT id FROM ledger')).map(({ id }) => id));
  return acknowledged.filter((id) => !ids.has(id));
}

describe.each(STEPS)('a worker that stops about to take the step "%s"', (at) => {
  const owner = at === 'open' ? 'target' : 'source';

  test('killed: its successor leaves one writable side, and nothing is lost', async () => {
    const writers = startWriters(stage);
    await writers.progress();
    const attempt = await startAttempt({ at });
    expect((await attempt.end()).signal).toBe('SIGKILL');
    await settle(20);
    await writers.progress();
    const acknowledged = await writers.stop();
    expect(await writableSides()).toEqual([owner]);
    expect(await lost(owner, acknowledged)).toEqual([]);
  });

  test('frozen, and thawed after its successor: one winner, and the thawed one changes nothing more', async () => {
    const writers = startWriters(stage);
    await writers.progress();
    const attempt = await startAttempt({ at, signal: 'SIGSTOP' });
    await attempt.arrive();
    await settle(20);
    await writers.progress();
    const world = [await stage.world('source'), await stage.world('target')];
    attempt.thaw();
    const { stdout } = await attempt.end();
    expect(stdout).toMatch(/failure.*(overtaken|outdated|terminated|terminating|given back)/);
    await writers.progress();
    const acknowledged = await writers.stop();
    expect([await stage.world('source'), await stage.world('target')]).toEqual(world);
    expect(await writableSides()).toEqual([owner]);
    expect(await lost(owner, acknowledged)).toEqual([]);
  });
});

describe('when nobody comes back', () => {
  test('the source server gives writes back at the deadline by itself', async () => {
    const { cutover } = stage.plan;
    const plan = { ...stage.plan, cutover: { ...cutover, maxWritePause: 4_000 } };
    const before = await stage.world('source');
    const attempt = await startAttempt({ at: 'prove the fence', handOver: stage.handOver('a', { plan }) });
    expect((await attempt.end()).signal).toBe('SIGKILL');
    expect(await writableSides()).toEqual([]);
    await expect.poll(writableSides, { timeout: 15_000 }).toEqual(['source']);
    expect(await stage.world('source')).toEqual(before);
  });

  test('an operator with psql gives writes back', async () => {
    const before = await stage.world('source');
    const attempt = await startAttempt({ at: 'prove the fence' });
    await attempt.end();
    await stage.ask('source', 'SELECT daybreak.give_back()');
    expect(await writableSides()).toEqual(['source']);
    expect(await stage.world('source')).toEqual(before);
  });

  test('after the commit the source stays given, whatever the deadline says', async () => {
    const plan = { ...stage.plan, cutover: { ...stage.plan.cutover, maxWritePause: 4_000 } };
    const attempt = await startAttempt({ at: 'open', handOver: stage.handOver('a', { plan }) });
    await attempt.end();
    await expect
      .poll(() => stage.ask('source', `SELECT FROM pg_stat_activity WHERE application_name LIKE '%reopening'`))
      .toEqual([]);
    expect(await writableSides()).toEqual([]);
    expect(await settle(20)).toBe('completed');
    expect(await writableSides()).toEqual(['target']);
  });
});

describe('when the taking side is gone as well', () => {
  test('the fenced source gets its writes back all the same', async () => {
    const before = await stage.world('source');
    await (await startAttempt({ at: 'prove the fence' })).end();
    await stage.pair.servers.target.stop('immediate');
    expect(await settle(20)).toBe('given-back');
    expect(await stage.world('source')).toEqual(before);
    await stage.pair.servers.target.start();
  });

  test('a committed hand-over waits for it, and opens it when it is back', async () => {
    await (await startAttempt({ at: 'open' })).end();
    await stage.pair.servers.target.stop('immediate');
    await expect(settle(20)).rejects.toThrow(/no connection|not answer|ECONNREFUSED/);
    await stage.pair.servers.target.start();
    expect(await settle(21)).toBe('completed');
  });
});
