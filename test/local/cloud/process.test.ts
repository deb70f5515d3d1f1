import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeDBInstancesCommand, CreateDBInstanceCommand } from '@aws-sdk/client-rds';
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordedPid } from '../../../local/cloud/postgres/postmaster-pid.ts';
import { startCloud } from '../../../local/cloud/start.ts';
import { PROGRAM } from '../../program.ts';
import { clientOf, INSTANCE, instanceStatus, openCloud, until, type CloudUnderTest } from './cloud-under-test.ts';

const main = 'local/cloud/main.ts';
const cli = (...words: string[]) => execa(process.execPath, [PROGRAM, main, ...words], { reject: false });
const owner = 'test/local/cloud/cloud-owner.ts';

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the command line', { timeout: 180_000 }, () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'cloud-cli-'));
  });
  afterAll(async () => {
    await cli('down', '--root', root);
    await rm(root, { recursive: true });
  });

  test('starts a cloud that lives on, shows it, breaks it, and stops it', async () => {
    const up = await cli('up', '--root', root, '--pace', '0');
    expect(up.stdout).toMatch(/^export AWS_ENDPOINT_URL_RDS=http:\/\/127\.0\.0\.1:\d+$/m);
    expect(JSON.parse((await cli('status', '--root', root)).stdout)).toEqual({
      instances: [],
      clusters: [],
      snapshots: [],
      jobs: [],
    });

    expect(
      (await cli('fault', '--root', root, '{"on":"DescribeDBInstances","do":{"error":"AccessDenied","status":403}}'))
        .exitCode,
    ).toBe(0);
    const endpoint = /RDS=(\S+)/.exec(up.stdout)?.[1] ?? '';
    const rds = clientOf({ endpoint, region: 'eu-west-2' });
    await expect(rds.send(new DescribeDBInstancesCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
    rds.destroy();
    expect(JSON.parse((await cli('journal', '--root', root)).stdout)).toMatchObject([
      { operation: 'DescribeDBInstances', result: 'AccessDenied' },
    ]);

    expect((await cli('down', '--root', root)).exitCode).toBe(0);
    await expect
      .poll(
        () =>
          fetch(endpoint).then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 10_000 },
      )
      .toBe('down');
  });

  test.each([
    [['status'], /No local cloud runs in .* Start one: npm run local -- up --root/],
    [['fault', '{"crash":"x"}'], /No local cloud runs/],
    [['up', '--pace', 'slow'], /must be a number of milliseconds/],
  ])('says what is wrong with: %s', async (words, message) => {
    const { exitCode, stderr } = await cli(...words, '--root', join(root, 'nowhere'));
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});

describe('a cloud of a test', () => {
  test('ends with the process that started it, servers and all, and loses nothing', async () => {
    const root = await mkdtemp(join(tmpdir(), 'cloud-owned-'));
    const holder = execa(process.execPath, [PROGRAM, owner, root], { reject: false });
    const ready = new Promise<string>((told) =>
      holder.stdout.once('data', (data: Buffer) => told(data.toString('utf8'))),
    );
    const { pid, server } = JSON.parse(await ready) as { pid: number; server: number };
    expect([alive(pid), alive(server)]).toEqual([true, true]);
    holder.kill('SIGKILL');
    await holder;
    await expect.poll(() => [alive(pid), alive(server)], { timeout: 20_000 }).toEqual([false, false]);

    const again = await startCloud({ root });
    const rds = clientOf(again);
    expect(await instanceStatus(rds, 'source')).toBe('available');
    rds.destroy();
    await again.stop();
    await rm(root, { recursive: true });
  }, 180_000);
});

describe('a managed master password', () => {
  let under: CloudUnderTest;
  let secrets: SecretsManagerClient;
  beforeAll(async () => {
    under = await openCloud();
    const { secretsEndpoint: endpoint, region } = under.cloud;
    secrets = new SecretsManagerClient({
      endpoint,
      region,
      maxAttempts: 1,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
  }, 120_000);
  afterAll(async () => {
    secrets.destroy();
    await under.close();
  });

  test('is a secret that can be read, and stands nowhere else', async () => {
    const { MasterUserPassword: _given, ...rest } = INSTANCE;
    const { DBInstance } = await under.rds.send(
      new CreateDBInstanceCommand({ ...rest, ManageMasterUserPassword: true }),
    );
    await until('available', () => instanceStatus(under.rds, 'source'));
    const { SecretString = '' } = await secrets.send(
      new GetSecretValueCommand({ SecretId: DBInstance?.MasterUserSecret?.SecretArn }),
    );
    const { username, password } = JSON.parse(SecretString) as { username: string; password: string };
    expect(username).toBe('master_user');
    expect(password.length).toBeGreaterThan(20);
    for (const file of ['journal.jsonl', 'cloud.log', 'cloud.json'])
      expect(await readFile(join(under.root, file), 'utf8')).not.toContain(password);
  });

  test('is the only thing Secrets Manager has here', async () => {
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'nothing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(secrets.send(new ListSecretsCommand({}))).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect(await recordedPid(join(under.root, 'data', 'none'))).toBeUndefined();
  });
});
