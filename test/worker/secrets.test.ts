import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { secretReader } from '../../worker/secrets.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-2:123456789012:secret';
/** What the Secrets Manager of this test keeps; it answers as AWS does, in JSON. */
const KEPT: Readonly<Record<string, string>> = {
  [`${ARN}:rds!cluster-1-Ab12Cd`]: JSON.stringify({ username: 'master', password: 'made-by-rds' }),
  [`${ARN}:bare-Ab12Cd`]: 'bare-password',
  [`${ARN}:app-Ab12Cd`]: JSON.stringify({ DATABASE_PASSWORD: 'of-the-app', port: 5432 }),
};
let manager: Server;
let root: string;
const read = secretReader({ GIVEN: 'from-the-environment', EMPTY: '' });

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const { SecretId } = JSON.parse(body) as { SecretId: string };
  const SecretString = KEPT[SecretId];
  const known = SecretString !== undefined;
  response
    .writeHead(known ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' })
    .end(JSON.stringify(known ? { SecretString } : { __type: 'ResourceNotFoundException', message: 'not here' }));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'secrets-'));
  manager = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening) => manager.listen(0, '127.0.0.1', listening));
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${(manager.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  manager.closeAllConnections();
  await new Promise((closed) => manager.close(closed));
  await rm(root, { recursive: true });
});

describe('a secret is read', () => {
  test('from a variable', async () => {
    expect(await read('env:GIVEN')).toBe('from-the-environment');
  });

  test('from a file, without the line end an editor leaves', async () => {
    const file = join(root, 'password');
    await writeFile(file, ' with spaces \n');
    expect(await read(`file:${file}`)).toBe(' with spaces ');
  });

  test('from Secrets Manager: the password of RDS’s own, a bare one, or a field that is named', async () => {
    expect(await read(`${ARN}:rds!cluster-1-Ab12Cd`)).toBe('made-by-rds');
    expect(await read(`${ARN}:bare-Ab12Cd`)).toBe('bare-password');
    expect(await read(`${ARN}:app-Ab12Cd:DATABASE_PASSWORD`)).toBe('of-the-app');
    expect(await read(`${ARN}:app-Ab12Cd:DATABASE_PASSWORD::`)).toBe('of-the-app');
  });
});

describe('a missing secret is named by its reference', () => {
  test.each([
    ['env:NOWHERE', 'no such variable'],
    ['env:EMPTY', 'no such variable'],
    ['file:/does/not/exist', 'ENOENT'],
    [`${ARN}:unknown-Ab12Cd`, 'ResourceNotFoundException'],
    [`${ARN}:app-Ab12Cd:port`, 'no text in field port'],
    ['vault:secret', 'is no reference'],
  ])('%s', async (reference, why) => {
    await expect(read(reference)).rejects.toMatchObject({
      type: 'SecretMissing',
      nonRetryable: true,
      message: expect.stringContaining(why),
    });
    await expect(read(reference)).rejects.toThrow(reference.slice(0, 20));
  });
});
