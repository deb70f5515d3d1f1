import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startApplication, type Application } from '../../../local/app/application.ts';
import { openAuthority } from '../../../local/cloud/postgres/authority.ts';
import { closeDatabase, openDatabase, startMindMeasure, type MindMeasure } from './mind-measure.ts';

describe('the sample application', () => {
  let mind: MindMeasure;
  let app: Application;
  beforeAll(async () => {
    mind = await startMindMeasure();
  });
  afterAll(async () => {
    await mind[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await mind.pointAt(mind.ports[0]);
    app = await startApplication({
      version: 'live',
      envFile: mind.envFile,
      caFile: mind.caFile,
      port: 0,
      patienceMs: 30_000,
    });
  });
  afterEach(async () => {
    await app.close();
  });

  const health = async (url = app.url): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}/api/database/health`);
    return { status: response.status, body: await response.json() };
  };
  const write = async (id: string, url = app.url): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}/api/sessions`, { method: 'POST', body: JSON.stringify({ id, score: 7 }) });
    return { status: response.status, body: await response.json() };
  };
  const stored = (id: string): Promise<object[]> =>
    mind.sql(`SELECT s.score::int, count(i.id)::int AS insights FROM assessment_sessions s
      LEFT JOIN session_insights i ON i.session_id = s.id WHERE s.id = '${id}' GROUP BY s.id`);

  test('answers for its database as the mission expects', async () => {
    expect(await health()).toEqual({
      status: 200,
      body: {
        status: 'healthy',
        database: {
          version: expect.stringMatching(/^PostgreSQL 17/),
          engine: 'rds',
          host: '127.0.0.1',
          port: String(mind.ports[0]),
          database: 'mindmeasure',
        },
      },
    });
  });

  test('stores a write once, however often it is sent, and says which server took it', async () => {
    const id = randomUUID();
    const answer = { status: 201, body: { id, by: `127.0.0.1:${mind.ports[0]}` } };
    expect(await write(id)).toEqual(answer);
    expect(await write(id)).toEqual(answer);
    expect(await stored(id)).toEqual([{ score: 7, insights: 1 }]);
  });

  test('refuses what is no write', async () => {
    expect((await write('no-uuid')).status).toBe(400);
    expect((await fetch(`${app.url}/api/sessions`, { method: 'POST', body: '{' })).status).toBe(400);
    expect((await fetch(`${app.url}/elsewhere`)).status).toBe(404);
  });

  test('waits while the database is closed, and the write arrives when it opens', async () => {
    const id = randomUUID();
    await write(randomUUID());
    await closeDatabase(mind);
    let answered = false;
    const waiting = write(id).finally(() => (answered = true));
    expect(await health()).toMatchObject({ status: 503, body: { status: 'unhealthy' } });
    expect(answered).toBe(false);
    await openDatabase(mind);
    expect((await waiting).status).toBe(201);
    expect(await stored(id)).toEqual([{ score: 7, insights: 1 }]);
  });

  test('tells the client no when the database stays closed past its patience', async () => {
    const hasty = await startApplication({
      version: 'live',
      envFile: mind.envFile,
      caFile: mind.caFile,
      port: 0,
      patienceMs: 0,
    });
    await closeDatabase(mind);
    expect(await write(randomUUID(), hasty.url)).toMatchObject({ status: 503 });
    await openDatabase(mind);
    await hasty.close();
  });

  test('follows its file to another address once its connections are cut', async () => {
    expect(await write(randomUUID())).toMatchObject({ body: { by: `127.0.0.1:${mind.ports[0]}` } });
    await mind.pointAt(mind.ports[1]);
    mind.relays[0].link('reset');
    expect(await write(randomUUID())).toMatchObject({ status: 201, body: { by: `127.0.0.1:${mind.ports[1]}` } });
    expect(await health()).toMatchObject({ body: { database: { port: String(mind.ports[1]) } } });
    mind.relays[0].link('up');
  });

  test('has no address but the file’s: without it, or without one key, it is unhealthy whatever the environment says', async () => {
    vi.stubEnv('AWS_RDS_HOST', '127.0.0.1');
    onTestFinished(() => void vi.unstubAllEnvs());
    await writeFile(mind.envFile, 'AWS_RDS_PORT=1\n');
    expect(await health()).toMatchObject({ status: 503, body: { reason: expect.stringContaining('no AWS_RDS_HOST') } });
    await rm(mind.envFile);
    expect(await health()).toMatchObject({ status: 503 });
  });

  test('as staged version has no address before the migration staged one, and then that one alone', async () => {
    const staged = await startApplication({
      version: 'staged',
      envFile: mind.envFile,
      caFile: mind.caFile,
      port: 0,
      patienceMs: 0,
    });
    expect(await health(staged.url)).toMatchObject({
      status: 503,
      body: { reason: expect.stringContaining('nothing is staged') },
    });
    await mind.pointAt(mind.ports[1]);
    await rename(mind.envFile, `${mind.envFile}.AWS_RDS_PORT.daybreak-0123abcd.staged`);
    await mind.pointAt(mind.ports[0]);
    expect(await health(staged.url)).toMatchObject({ body: { database: { port: String(mind.ports[1]) } } });
    expect(await health()).toMatchObject({ body: { database: { port: String(mind.ports[0]) } } });
    await staged.close();
  });

  test('does not talk to a server whose certificate another authority signed', async () => {
    const { caFile } = await openAuthority(join(mind.folder, 'another-ca'));
    const wary = await startApplication({ version: 'live', envFile: mind.envFile, caFile, port: 0, patienceMs: 0 });
    expect(await health(wary.url)).toMatchObject({
      status: 503,
      body: { reason: expect.stringMatching(/certificate/) },
    });
    await wary.close();
  });
});
