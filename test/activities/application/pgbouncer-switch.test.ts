import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeLedgers, MISSING, startPoolerBefore, WITHOUT } from '../../pgbouncer-server.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';
import { startPooledWriters } from './pooled-writers.ts';

let pair: Pair;

beforeAll(async () => {
  if (MISSING) return;
  pair = await startPair({ source: '15', target: '17' });
  await makeLedgers(pair);
});
afterAll(() => pair?.stop());
beforeEach(async () => {
  for (const side of ['source', 'target'] as const) await pair?.sql(side, 'TRUNCATE ledger');
});

const ids = async (side: 'source' | 'target'): Promise<Set<string>> =>
  new Set((await pair.sql<{ id: string }>(side, 'SELECT id FROM ledger')).map(({ id }) => id));

describe.skipIf(MISSING)(`clients behind a PgBouncer${WITHOUT}`, () => {
  test('wait while it is paused, led elsewhere and resumed: none sees an error, none writes in between', async (context) => {
    await using pooler = await startPoolerBefore(pair);
    const writers = await startPooledWriters(pooler);
    await pooler.open().stage();
    await writers.progress();
    await pooler.open().pause?.();
    const held = await ids('source');
    await pooler.open().apply();
    expect(await ids('source')).toEqual(held);
    expect(await ids('target')).toEqual(new Set());
    await pooler.open().resume?.();
    await writers.progress();
    const { written, errors, longestMs } = await writers.stop();
    await context.annotate(`longest wait of a client: ${longestMs} ms of ${written.length} writes`);
    expect(errors).toEqual([]);
    const moved = await ids('target');
    expect(moved.size).toBeGreaterThan(0);
    expect(await ids('source')).toEqual(held);
    expect(written.filter((id) => !held.has(id) && !moved.has(id))).toEqual([]);
  });

  test('go on where they were when the cutover is given back, and the world is as before', async () => {
    await using pooler = await startPoolerBefore(pair);
    const world = async () => ({
      text: await readFile(pooler.config, 'utf8'),
      mode: (await stat(pooler.config)).mode,
      owner: (await stat(pooler.config)).uid,
      files: await readdir(dirname(pooler.config)),
      lines: await pooler.ask('SHOW DATABASES').then((rows) => rows.map((row) => ({ ...row, current_connections: 0 }))),
    });
    const before = await world();
    const writers = await startPooledWriters(pooler);
    const it = pooler.open();
    await it.stage();
    await it.ready('apply');
    await it.pause?.();
    await it.apply();
    await it.ready('revert');
    expect(await it.revert()).toBe('undone');
    await it.resume?.();
    await writers.progress();
    expect((await writers.stop()).errors).toEqual([]);
    expect(await ids('target')).toEqual(new Set());
    expect(await it.revert()).toBe('absent');
    expect(await it.unstage()).toBe('undone');
    expect(await it.unstage()).toBe('absent');
    expect(await world()).toEqual(before);
  });

  test('are held and led by several poolers, one after the other', async () => {
    await using one = await startPoolerBefore(pair);
    await using other = await startPoolerBefore(pair);
    const poolers = [one, other];
    const writers = await Promise.all(poolers.map((pooler) => startPooledWriters(pooler, 2)));
    for (const pooler of poolers) await pooler.open().stage();
    for (const pooler of poolers) await pooler.open().pause?.();
    for (const pooler of poolers) await pooler.open().apply();
    for (const pooler of poolers) await pooler.open().resume?.();
    for (const each of writers) await each.progress();
    for (const each of writers) expect((await each.stop()).errors).toEqual([]);
    for (const pooler of poolers) expect(await pooler.leadsTo()).toBe(pair.target.port);
  });
});

describe.skipIf(MISSING)(`a PgBouncer switch${WITHOUT}`, () => {
  test('changes nothing when it is staged, says what will change, and does each deed once', async () => {
    await using pooler = await startPoolerBefore(pair);
    const before = await readFile(pooler.config, 'utf8');
    const it = pooler.open();
    const { change } = await it.stage();
    expect(change).toBe(
      `app of PgBouncer 127.0.0.1:${pooler.plan.admin.port}: 127.0.0.1:${pair.source.port}/app → 127.0.0.1:${pair.target.port}/app`,
    );
    expect(await readFile(pooler.config, 'utf8')).toBe(before);
    expect(await pooler.leadsTo()).toBe(pair.source.port);
    expect(await it.isApplied()).toBe(false);
    await it.apply();
    await it.apply();
    await it.stage();
    expect(await it.isApplied()).toBe(true);
    expect(await readFile(pooler.config, 'utf8')).toBe(
      before.replace(`port=${pair.source.port}`, `port=${pair.target.port}`),
    );
    expect(await pooler.leadsTo()).toBe(pair.target.port);
  });

  test('finishes what a killed worker began: the file was written and nothing was reloaded', async () => {
    await using pooler = await startPoolerBefore(pair);
    const it = pooler.open();
    await it.stage();
    const before = await readFile(pooler.config, 'utf8');
    await writeFile(pooler.config, before.replace(`port=${pair.source.port}`, `port=${pair.target.port}`));
    expect(await it.isApplied()).toBe(false);
    await it.apply();
    expect(await pooler.leadsTo()).toBe(pair.target.port);
    await writeFile(pooler.config, before);
    expect(await it.revert()).toBe('undone');
    expect(await pooler.leadsTo()).toBe(pair.source.port);
  });

  test('keeps what others edited meanwhile, and refuses to write over the line itself', async () => {
    await using pooler = await startPoolerBefore(pair);
    const it = pooler.open();
    await it.stage();
    const before = await readFile(pooler.config, 'utf8');
    await writeFile(pooler.config, `${before}; a new remark\n`);
    await it.apply();
    await it.revert();
    expect(await readFile(pooler.config, 'utf8')).toBe(`${before}; a new remark\n`);
    await writeFile(pooler.config, before.replace('host=127.0.0.1', 'host=127.0.0.3'));
    await expect(it.apply()).rejects.toMatchObject({
      type: 'SwitchFailed',
      message: expect.stringContaining('changed by someone else, at 127.0.0.3'),
    });
  });

  test('refuses to be applied unstaged, and does not keep silent when the way back was removed', async () => {
    await using pooler = await startPoolerBefore(pair);
    const it = pooler.open();
    await expect(it.apply()).rejects.toThrow('nothing staged');
    expect(await it.revert()).toBe('absent');
    await it.stage();
    await it.apply();
    await it.unstage();
    await expect(it.revert()).rejects.toThrow('no record of the line before');
  });

  test('says so where the running PgBouncer does not take the new line', async () => {
    await using pooler = await startPoolerBefore(pair);
    const it = pooler.open();
    await it.stage();
    const spoilt = (await readFile(pooler.config, 'utf8')).replace('[databases]\n', '[databases]\nbroken line\n');
    await writeFile(pooler.config, spoilt);
    await expect(it.apply()).rejects.toThrow(/after RELOAD found app at 127\.0\.0\.1:\d+\/app; wanted /);
  });
});
