import { expect, test } from 'vitest';
import { liveTally } from '../../../../activities/copy/live/live-tally.ts';

test('tells what is done, what travels, how fast and how long yet, without what earlier attempts did', () => {
  let now = 0;
  const tally = liveTally(() => now);
  const [old, big, small] = [
    { name: 'old', bytes: 1000 },
    { name: 'big', bytes: 2000 },
    { name: 'small', bytes: 1000 },
  ] as const;
  tally.plan([old, big, small], ({ name }) => (name === 'old' ? { rows: 10, bytes: 900 } : undefined));
  expect(tally.look()).toEqual({
    tables: 3,
    tablesDone: 1,
    bytes: 900,
    ofBytes: 4000,
    rows: 10,
    bytesPerSecond: 0,
    etaMs: null,
    underWay: [],
  });
  const following = tally.table(big);
  following.piece(500, 5);
  following.piece(500, 5);
  now += 1000;
  expect(tally.look()).toMatchObject({
    tablesDone: 1,
    bytes: 1900,
    rows: 20,
    bytesPerSecond: 1000,
    etaMs: 2000,
    underWay: [{ table: 'big', rows: 10, bytes: 1000, ofBytes: 2000, etaMs: 1000 }],
  });
  following.piece(1500, 1);
  expect(tally.look().underWay, 'grown beyond its size').toMatchObject([{ bytes: 2500, etaMs: null }]);
  expect(following.bytes()).toBe(2500);
  following.done(8);
  expect(tally.look()).toMatchObject({ tablesDone: 2, rows: 18, underWay: [], etaMs: 500 });
  const last = tally.table(small);
  last.piece(500, 5);
  tally.fromHere();
  expect(tally.look(), 'somebody else brought that').toMatchObject({ bytesPerSecond: 0, etaMs: null });
  last.piece(250, 5);
  now += 1000;
  expect(tally.look()).toMatchObject({ bytesPerSecond: 250, etaMs: 1000 });
});
