import { expect, test } from 'vitest';
import { inherited } from '../../../local/demo/environment.ts';

test('nothing that leads to a real account, server or database is passed on', () => {
  const found = inherited({
    PATH: '/bin',
    AWS_PROFILE: 'production',
    AWS_ENDPOINT_URL: 'https://example.com',
    TEMPORAL_ADDRESS: 'production:7233',
    DAYBREAK_ACTOR: 'somebody',
    PGHOST: 'production',
    UNSET: undefined,
  });
  expect(found).toEqual({ PATH: '/bin' });
});
