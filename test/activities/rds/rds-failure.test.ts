import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { call, rdsFailure } from '../../../activities/rds/rds-failure.ts';
import { makeFaults, type ApiFault } from '../../../local/cloud/protocol/faults.ts';
import { apiFront } from '../../../local/cloud/protocol/front.ts';

/** The SDK against a server that speaks the real protocol and fails as it is told. */
const faults = makeFaults();
let server: Server;
let client: RDSClient;

beforeAll(async () => {
  server = apiFront({
    handlers: { DescribeDBClusters: () => () => ({ DBClusters: [] }) },
    faults,
    journal: { record: () => undefined, calls: [] },
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client = clientOf((server.address() as AddressInfo).port);
});
afterEach(() => faults.clear());
afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

function clientOf(port: number): RDSClient {
  return new RDSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}

async function failureFrom(fault: ApiFault['do'], asked = client, secret = ''): Promise<ApplicationFailure> {
  faults.add({ on: 'DescribeDBClusters', times: 5, do: fault });
  const thrown: unknown = await call({ what: 'describe cluster aurora', secret }, () =>
    asked.send(new DescribeDBClustersCommand({})),
  ).catch((error: unknown) => error);
  if (!(thrown instanceof ApplicationFailure)) throw new Error('wanted a failure of ours', { cause: thrown });
  return thrown;
}

describe('AWS asks us to wait', () => {
  test.each([
    'Throttling',
    'ThrottlingException',
    'RequestLimitExceeded',
    'ExpiredToken',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceStateFault',
    'InvalidDBSnapshotStateFault',
    'InvalidDBParameterGroupStateFault',
    'InternalFailure',
  ])('when it answers %s', async (error) => {
    const failure = await failureFrom({ error, ...(error === 'InternalFailure' ? { status: 500 } : {}) });
    expect(failure).toMatchObject({ type: 'ControlPlaneBusy', nonRetryable: false });
    expect(failure.message).toContain('describe cluster aurora: AWS says');
  });

  test('for ten minutes when it has no capacity', async () => {
    const failure = await failureFrom({ error: 'InsufficientDBInstanceCapacityFault' });
    expect(failure).toMatchObject({ type: 'ControlPlaneBusy', nextRetryDelay: 600_000 });
  });

  test('when it does not know a role made seconds ago', async () => {
    const failure = await failureFrom({
      error: 'InvalidParameterValue',
      message: 'IAM role ARN value is invalid or does not include the required permissions',
    });
    expect(failure.type).toBe('ControlPlaneBusy');
  });

  test('when the connection breaks', async () => {
    expect(await failureFrom({ reset: 'before' })).toMatchObject({
      type: 'ControlPlaneBusy',
      message: 'describe cluster aurora: no answer from AWS (ECONNRESET)',
    });
  });

  test('when nobody listens', async () => {
    const nobody = clientOf(1);
    expect(await failureFrom({ delayMs: 0 }, nobody)).toMatchObject({ type: 'ControlPlaneBusy' });
    nobody.destroy();
  });

  test('when a proxy answers 200 with a page of its own, which is not repeated', async () => {
    const failure = await failureFrom({ status: 200, body: '<html>please log in, token=abc' });
    expect(failure).toMatchObject({ type: 'ControlPlaneBusy' });
    expect(failure.message).not.toContain('abc');
  });
});

describe('a person must act', () => {
  test.each([
    'AccessDenied',
    'InvalidParameterValue',
    'InvalidParameterCombination',
    'DBClusterQuotaExceededFault',
    'KMSKeyNotAccessibleFault',
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBClusterNotFoundFault',
  ])('when AWS answers %s', async (error) => {
    expect(await failureFrom({ error })).toMatchObject({
      type: 'ControlPlaneRefused',
      nonRetryable: true,
      details: [{ code: error }],
    });
  });
});

test('a secret that AWS echoes does not reach the history', async () => {
  const failure = await failureFrom(
    { error: 'InvalidParameterValue', message: 'The value hunter2hunter2 is not a valid password' },
    client,
    'hunter2hunter2',
  );
  expect(failure.message).toContain('The value (secret) is not a valid password');
});

test('a long message is cut, because a failure lies in the history', async () => {
  const failure = await failureFrom({ error: 'InvalidParameterValue', message: 'x'.repeat(5_000) });
  expect(failure.message.length).toBeLessThan(500);
});

test('a bug of ours is no failure of AWS and passes unchanged', () => {
  const bug = new TypeError('x is undefined');
  expect(rdsFailure(bug, { what: 'describe' })).toBe(bug);
});
