import { expect, test } from 'vitest';
import { makeTurnstile } from './turnstile.ts';

function deed(name: string, log: string[]) {
  let [end, fail] = [() => {}, (_error: Error) => {}];
  const ended = new Promise<void>((resolve, reject) => {
    [end, fail] = [resolve, reject];
  });
  return {
    end,
    fail,
    run: async () => {
      log.push(`${name} begins`);
      await ended;
      log.push(`${name} ends`);
    },
  };
}
const turn = () => new Promise(setImmediate);

test('an opening waits for the strikes under way, and strikes wait for the opening', async () => {
  const log: string[] = [];
  const [first, second, lane] = [deed('first', log), deed('second', log), deed('lane', log)];
  const turnstile = makeTurnstile();
  const struck = turnstile.strike(first.run);
  await turn();
  const opened = turnstile.open(lane.run);
  const struckLater = turnstile.strike(second.run);
  await turn();
  expect(log).toEqual(['first begins']);
  first.end();
  await turn();
  expect(log).toEqual(['first begins', 'first ends', 'lane begins']);
  lane.end();
  second.end();
  await Promise.all([struck, opened, struckLater]);
  expect(log.slice(3)).toEqual(['lane ends', 'second begins', 'second ends']);
});

test('lanes are opened one after the other, and one that fails keeps nobody waiting', async () => {
  const log: string[] = [];
  const [broken, lane, strike] = [deed('broken', log), deed('lane', log), deed('strike', log)];
  const turnstile = makeTurnstile();
  const failed = turnstile.open(broken.run);
  const opened = turnstile.open(lane.run);
  const struck = turnstile.strike(strike.run);
  await turn();
  expect(log).toEqual(['broken begins']);
  broken.fail(new Error('no port'));
  await expect(failed).rejects.toThrow('no port');
  lane.end();
  strike.end();
  await Promise.all([opened, struck]);
  expect(log.slice(1)).toEqual(['lane begins', 'lane ends', 'strike begins', 'strike ends']);
});
