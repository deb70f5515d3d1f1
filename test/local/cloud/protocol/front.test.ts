import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateDBClusterCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError } from '../../../../local/cloud/protocol/errors.ts';
import { makeFaults } from '../../../../local/cloud/protocol/faults.ts';
import { apiFront } from '../../../../local/cloud/protocol/front.ts';
import type { Handlers } from '../../../../local/cloud/protocol/handlers.ts';
import { openJournal, type Journal } from '../../../../local/cloud/protocol/journal.ts';

let made: string[] = [];
let kept: { DBInstanceIdentifier?: string | undefined } = {};
/** A service of three operations, each with a way of its own to treat its input. */
const handlers: Handlers = {
  CreateDBCluster: ({ DBClusterIdentifier = '', Engine, MasterUserPassword }) => {
    if (made.includes(DBClusterIdentifier))
      throw new ApiError('DBClusterAlreadyExistsFault', 'DB Cluster already exists');
    return () => {
      made.push(DBClusterIdentifier);
      return {
        DBCluster: {
          DBClusterIdentifier,
          Engine,
          Status: MasterUserPassword === undefined ? 'no password' : 'creating',
        },
      };
    };
  },
  DescribeDBInstances: ({ DBInstanceIdentifier }) => {
    return () => ({ DBInstances: DBInstanceIdentifier === undefined ? [] : [{ DBInstanceIdentifier }] });
  },
  RebootDBInstance: (input) => {
    kept = input.DBInstanceIdentifier === undefined ? {} : input;
    if (input.ForceFailover === true) throw new Error('a bug');
    return () => ({
      DBInstance: kept.DBInstanceIdentifier === undefined ? {} : { DBInstanceIdentifier: kept.DBInstanceIdentifier },
    });
  },
};

let folder: string;
let journal: Journal;
let server: Server;
let endpoint: string;
const faults = makeFaults();
const clients: RDSClient[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'front-test-'));
  journal = openJournal(join(folder, 'journal.jsonl'));
  server = apiFront({ handlers, faults, journal });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  made = [];
  faults.clear();
});
afterAll(async () => {
  for (const one of clients) one.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true });
});

function client(maxAttempts = 1): RDSClient {
  const fresh = new RDSClient({
    endpoint,
    region: 'eu-west-2',
    maxAttempts,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  clients.push(fresh);
  return fresh;
}

const create = () =>
  new CreateDBClusterCommand({
    DBClusterIdentifier: 'one',
    Engine: 'aurora-postgresql',
    MasterUserPassword: 'secret-thing',
  });

describe('what the SDK would not send', () => {
  const post = async (form: Record<string, string>, authorization = 'AWS4-HMAC-SHA256 Credential=x') => {
    const response = await fetch(endpoint, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: authorization ? { authorization } : {},
    });
    return { status: response.status, code: /<Code>(.*?)<\/Code>/.exec(await response.text())?.[1] };
  };

  test.each<[string, Record<string, string>, { status: number; code: string }]>([
    ['an operation nobody knows', { Action: 'MakeCoffee' }, { status: 400, code: 'InvalidAction' }],
    [
      'an operation that is not implemented',
      { Action: 'DescribeCertificates' },
      { status: 501, code: 'InvalidAction' },
    ],
    [
      'a parameter nobody knows',
      { Action: 'DescribeDBInstances', Colour: 'red' },
      { status: 400, code: 'ValidationError' },
    ],
    ['a missing parameter', { Action: 'RebootDBInstance' }, { status: 400, code: 'MissingParameter' }],
    [
      'a number that is none',
      { Action: 'DescribeDBInstances', MaxRecords: 'many' },
      { status: 400, code: 'ValidationError' },
    ],
    [
      'a boolean that is none',
      { Action: 'RebootDBInstance', DBInstanceIdentifier: 'x', ForceFailover: 'maybe' },
      { status: 400, code: 'ValidationError' },
    ],
    [
      'a timestamp that is none',
      { Action: 'DescribeEvents', StartTime: 'soon' },
      { status: 400, code: 'ValidationError' },
    ],
  ])('is an error: %s', async (_what, form, answer) => {
    expect(await post(form)).toEqual(answer);
  });

  test('is refused without a signature', async () => {
    expect(await post({ Action: 'DescribeDBInstances' }, '')).toEqual({
      status: 403,
      code: 'MissingAuthenticationToken',
    });
  });
});

describe('a handler', () => {
  test('that left a parameter unread has done nothing', async () => {
    const command = new CreateDBClusterCommand({ DBClusterIdentifier: 'one', Engine: 'aurora-postgresql', Port: 5432 });
    await expect(client().send(command)).rejects.toMatchObject({
      message: 'The local cloud does not model Port of CreateDBCluster.',
    });
    expect(made).toEqual([]);
  });

  test.each([
    ['still reads its input in the deed', new RebootDBInstanceCommand({ DBInstanceIdentifier: 'x' })],
    ['fails by a bug', new RebootDBInstanceCommand({ DBInstanceIdentifier: 'x', ForceFailover: true })],
  ])('that %s answers with an internal failure', async (_what, command) => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    await expect(client().send(command)).rejects.toMatchObject({
      name: 'InternalFailure',
      $metadata: { httpStatusCode: 500 },
    });
    expect(told).toHaveBeenCalledOnce();
    told.mockRestore();
  });
});

describe('a fault', () => {
  const describeAll = (attempts: number) =>
    client(attempts).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'x' }));

  test('of throttling is retried by the SDK, which the journal sees as attempts of one call', async () => {
    faults.add({ on: 'DescribeDBInstances', do: { error: 'Throttling' } });
    const before = journal.calls.length;
    expect((await describeAll(2)).$metadata.attempts).toBe(2);
    const calls = journal.calls.slice(before);
    expect(calls.map(({ attempt, result }) => ({ attempt, result }))).toEqual([
      { attempt: 1, result: 'Throttling' },
      { attempt: 2, result: 'ok' },
    ]);
    expect(calls[0]?.invocation).toBe(calls[1]?.invocation);
  });

  test('that loses the answer makes the retry of a create find what the first try made', async () => {
    faults.add({ on: 'CreateDBCluster', do: { reset: 'after' } });
    await expect(client(2).send(create())).rejects.toMatchObject({
      name: 'DBClusterAlreadyExistsFault',
      $metadata: { attempts: 2 },
    });
    expect(made).toEqual(['one']);
    expect(journal.calls.slice(-2).map(({ result }) => result)).toEqual(['reset after', 'DBClusterAlreadyExistsFault']);
  });

  test('that loses the request has done nothing', async () => {
    faults.add({ on: 'CreateDBCluster', do: { reset: 'before' } });
    await expect(client().send(create())).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(made).toEqual([]);
    expect(journal.calls.at(-1)).toMatchObject({ operation: 'CreateDBCluster', result: 'reset before' });
  });

  test('strikes after so many, so many times, and only what matches', async () => {
    faults.add({
      on: '*',
      after: 1,
      times: 2,
      match: { DBInstanceIdentifier: 'x' },
      do: { error: 'DBInstanceNotFoundFault' },
    });
    const outcomes: string[] = [];
    for (const DBInstanceIdentifier of ['x', 'y', 'x', 'x', 'x'])
      outcomes.push(
        await client()
          .send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }))
          .then(
            () => 'ok',
            (error: Error) => error.name,
          ),
      );
    expect(outcomes).toEqual(['ok', 'ok', 'DBInstanceNotFoundFault', 'DBInstanceNotFoundFault', 'ok']);
  });

  test('can be a body that is no answer, or a delay', async () => {
    faults.add({ on: 'DescribeDBInstances', do: { body: '<html>Bad Gateway</html>', status: 502 } });
    faults.add({ on: 'DescribeDBInstances', do: { delayMs: 50 } });
    await expect(describeAll(1)).rejects.toMatchObject({ $metadata: { httpStatusCode: 502 } });
    const start = performance.now();
    await describeAll(1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
  });
});

test('the journal keeps what was asked, without secrets, and outlives the process', async () => {
  faults.add({ on: 'CreateDBCluster', do: { error: 'StorageQuotaExceededFault' } });
  await expect(client().send(create())).rejects.toMatchObject({ name: 'StorageQuotaExceededFault' });
  const entry = {
    operation: 'CreateDBCluster',
    attempt: 1,
    result: 'StorageQuotaExceeded',
    input: { DBClusterIdentifier: 'one', Engine: 'aurora-postgresql', MasterUserPassword: '***' },
  };
  expect(journal.calls.at(-1)).toMatchObject(entry);
  expect(openJournal(join(folder, 'journal.jsonl')).calls.at(-1)).toMatchObject(entry);
  expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8')).not.toContain('secret-thing');
});
