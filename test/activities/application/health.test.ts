import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkHealth } from '../../../activities/application/health.ts';
import type { HealthCheck } from '../../../model/plan.ts';

const target = {
  host: 'mindmeasure-aurora.cluster-x.eu-west-2.rds.amazonaws.com',
  port: 5432,
  database: 'mindmeasure',
};

async function application(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/database/health`;
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const check = (url: string, expected: HealthCheck['expect'], stagedUrl: string | null = null): HealthCheck => ({
  name: 'production',
  url,
  stagedUrl,
  expect: expected,
});

const onTarget = { status: 'healthy', 'database.host': '{target.host}', 'database.database': '{target.database}' };

describe('the health of the application', () => {
  test('is well when every field is as wanted on the target', async () => {
    const url = await application(json({ status: 'healthy', database: target, more: 1 }));
    const fields = { status: 'healthy', 'database.host': '{target.host}', 'database.database': '{target.database}' };
    await expect(
      checkHealth([check(url, { status: fields.status, 'database.host': '{target.host}' })], target, false),
    ).resolves.toBeUndefined();
    await expect(checkHealth([check(url, { more: '1' })], target, false)).resolves.toBeUndefined();
    await expect(
      checkHealth([check(url, { 'database.port': '{target.port}' })], target, false),
    ).resolves.toBeUndefined();
    await expect(
      checkHealth([check(url, { 'database.port': '{target.port}' })], { ...target, port: 5433 }, false),
    ).rejects.toThrow('wanted "5433"');
  });

  test('names check, address, what was found and what was wanted, of all checks that fail', async () => {
    const url = await application(
      json({ status: 'healthy', database: { host: 'mindmeasure-db', database: 'mindmeasure' } }),
    );
    await expect(checkHealth([check(url, onTarget), check(url, { 'a.b': 'c' })], target, false)).rejects.toMatchObject({
      type: 'HealthFailed',
      message: `production (${url}): found database.host "mindmeasure-db"; wanted "${target.host}"; production (${url}): found a.b missing; wanted "c"`,
    });
  });

  test.each([
    ['an error status', json({ status: 'healthy' }, 503), 'HTTP 503'],
    ['a page instead of JSON', ((_, response) => response.end('<html>')) satisfies RequestListener, 'no JSON'],
    ['a connection cut', ((_, response) => response.destroy()) satisfies RequestListener, 'no answer'],
  ])('fails on %s', async (_, answer, message) => {
    const url = await application(answer);
    await expect(checkHealth([check(url, { status: 'healthy' })], target, false)).rejects.toThrow(message);
  });

  test('fails where nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const closed = `http://127.0.0.1:${port}/`;
    await expect(checkHealth([check(closed, {})], target, false)).rejects.toThrow('no answer: ECONNREFUSED');
  });

  test('asks the staged application before the gate, and passes over checks without one', async () => {
    const old = await application(json({ status: 'old' }));
    const staged = await application(json({ status: 'healthy' }));
    await checkHealth([check(old, { status: 'healthy' }, staged), check(old, { status: 'healthy' })], target, true);
    await expect(checkHealth([check(old, { status: 'healthy' }, staged)], target, false)).rejects.toThrow('"old"');
  });

  test('repeats at most 80 characters of an answer', async () => {
    const url = await application(json({ status: 'x'.repeat(1000) }));
    await expect(checkHealth([check(url, { status: 'y' })], target, false)).rejects.toThrow(/"x{80}"/);
  });
});
