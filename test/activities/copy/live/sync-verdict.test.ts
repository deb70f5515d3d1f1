import { describe, expect, test } from 'vitest';
import type { SyncLook } from '../../../../activities/copy/live/sync-look.ts';
import { syncVerdict, UNHEARD_LIMIT_MS, type SyncVerdict } from '../../../../activities/copy/live/sync-verdict.ts';

const look = (change: Partial<SyncLook> = {}): SyncLook => ({
  enabled: true,
  streams: true,
  tables: [{ name: 'left', state: 'd', rows: 1, bytes: 10 }],
  failures: 0,
  sign: 'd1',
  ...change,
});
const READY = [{ name: 'left', state: 'r', rows: 0, bytes: 0 }];

/** What is said at last of looks that lie `apartMs` apart. */
function last(looks: readonly SyncLook[], apartMs = 500): SyncVerdict | undefined {
  let now = 0;
  const judge = syncVerdict(() => now);
  return looks
    .map((seen) => {
      now += apartMs;
      return judge(seen);
    })
    .at(-1);
}

describe('a table sync', () => {
  test('is done when every table is in step, and the subscription was left alone', () => {
    expect(last([look(), look({ tables: READY, sign: 'r' })])).toBe('done');
    expect(
      last([look(), look({ tables: READY, sign: 'r', enabled: false }), look({ enabled: false, sign: 'r' })]),
    ).toBe('disabled');
  });

  test('fails where workers fail again and again and nothing moves between', () => {
    expect(last([look(), look({ failures: 4 })])).toBe('under way');
    expect(last([look(), look({ failures: 5 })])).toBe('failing');
    expect(last([look(), look({ failures: 5, sign: 'd2' }), look({ failures: 9, sign: 'd2' })])).toBe('under way');
  });

  test('is unheard where nothing arrives for long: neither a row nor a word to the worker that applies', () => {
    const silent = look({ streams: false });
    expect(last([silent, silent], UNHEARD_LIMIT_MS)).toBe('unheard');
    expect(last([silent, silent], UNHEARD_LIMIT_MS / 2)).toBe('under way');
    expect(last([silent, look()], UNHEARD_LIMIT_MS), 'the source has little to say').toBe('under way');
    expect(last([silent, look({ streams: false, sign: 'd2' })], UNHEARD_LIMIT_MS), 'rows arrive').toBe('under way');
  });
});
