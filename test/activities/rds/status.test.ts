import { describe, expect, test } from 'vitest';
import { outlook } from '../../../activities/rds/status.ts';

describe('a status means', () => {
  test('ready only when it is available', () => {
    expect(outlook('available')).toBe('ready');
  });

  test.each(['creating', 'backing-up', 'modifying', 'rebooting', 'starting', 'migrating', 'preparing-data-migration'])(
    'wait while it is %s',
    (status) => {
      expect(outlook(status)).toBe('wait');
    },
  );

  test.each(['failed', 'deleting', 'incompatible-parameters', 'migration-failed', 'insufficient-capacity', 'stopped'])(
    'failed when it is %s',
    (status) => {
      expect(outlook(status)).toBe('failed');
    },
  );

  test.each(['something-aws-adds-next-year', '', undefined])('wait when it is unknown (%s)', (status) => {
    expect(outlook(status)).toBe('wait');
  });
});
