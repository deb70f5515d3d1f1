import type { AddressInfo } from 'node:net';
import { RDSClient } from '@aws-sdk/client-rds';
import { expect, test } from 'vitest';
import { familyDefaults } from '../../../activities/rds/family-defaults.ts';
import { ApiError } from '../../../local/cloud/protocol/errors.ts';
import { makeFaults } from '../../../local/cloud/protocol/faults.ts';
import { apiFront } from '../../../local/cloud/protocol/front.ts';
import type { Handlers } from '../../../local/cloud/protocol/handlers.ts';

async function defaultsFrom(handlers: Handlers): Promise<ReadonlyMap<string, object>> {
  const journal = { record: () => undefined, calls: [] };
  const server = apiFront({ handlers, faults: makeFaults(), journal });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const rds = new RDSClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    return await familyDefaults(rds, 'aurora-postgresql15');
  } finally {
    rds.destroy();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

const page = (name: string, Marker?: string) => ({
  Parameters: [{ ParameterName: name }],
  ...(Marker === undefined ? {} : { Marker }),
});

test('an account that has used the family has its defaults in a group, over several pages', async () => {
  const defaults = await defaultsFrom({
    DescribeDBClusterParameters: ({ DBClusterParameterGroupName, Marker }) => {
      expect(DBClusterParameterGroupName).toBe('default.aurora-postgresql15');
      return () => (Marker === undefined ? page('one', 'more') : page('two'));
    },
  });
  expect([...defaults.keys()]).toEqual(['one', 'two']);
});

test('an account that has not is told the engine’s defaults, over several pages', async () => {
  const defaults = await defaultsFrom({
    DescribeDBClusterParameters: () => {
      throw new ApiError('DBParameterGroupNotFoundFault', 'there is no such group');
    },
    DescribeEngineDefaultClusterParameters: ({ DBParameterGroupFamily, Marker }) => {
      expect(DBParameterGroupFamily).toBe('aurora-postgresql15');
      return () => ({ EngineDefaults: Marker === undefined ? page('one', 'more') : page('two') });
    },
  });
  expect([...defaults.keys()]).toEqual(['one', 'two']);
});
