import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { workBoard, type Task } from '../../../../activities/copy/live/work-board.ts';

const done: string[] = [];
const task = (
  kind: Task<string>['kind'],
  name: string,
  then: () => void = () => undefined,
  bytes = 0,
): Task<string> => ({
  kind,
  bytes,
  run: async (lane) => {
    await turn();
    done.push(`${lane}: ${name}`);
    then();
  },
});

test('one lane pours rows first, another builds first, and what a task puts up is done too', async () => {
  done.length = 0;
  const board = workBoard<string>();
  board.add(
    task('rows', 'big', () => board.add(task('build', 'index'))),
    task('rows', 'small'),
    task('build', 'early'),
  );
  await Promise.all([board.work('a', 'rows'), board.work('b', 'build')]);
  expect(done.slice(0, 2)).toEqual(['a: big', 'b: early']);
  expect(done.map((line) => line.slice(3)).toSorted()).toEqual(['big', 'early', 'index', 'small']);
});

test('work for the biggest table comes first, whenever it is put up', async () => {
  done.length = 0;
  const board = workBoard<string>();
  const bigger = task('build', 'of the bigger', undefined, 9);
  board.add(
    task('build', 'of the small', () => board.add(bigger), 2),
    task('build', 'smallest', undefined, 1),
  );
  board.add(task('build', 'of the big', undefined, 5), task('build', 'its second', undefined, 5));
  await board.work('a', 'build');
  expect(done).toEqual(
    ['of the big', 'its second', 'of the small', 'of the bigger', 'smallest'].map((name) => `a: ${name}`),
  );
});

test('no more than the given number pour at once, and builds go on beside them', async () => {
  const board = workBoard<string>(1);
  let [pouring, most, beside] = [0, 0, 0];
  const pour: Task<string> = {
    kind: 'rows',
    bytes: 0,
    run: async () => {
      most = Math.max(most, (pouring += 1));
      await turn();
      pouring -= 1;
    },
  };
  const build: Task<string> = { kind: 'build', bytes: 0, run: async () => void (beside += pouring) };
  board.add(pour, pour, pour, build);
  await Promise.all([board.work('a', 'rows'), board.work('b', 'rows'), board.work('c', 'build')]);
  expect({ most, beside }).toEqual({ most: 1, beside: 1 });
});

test('a lane without work waits for what the others may bring', async () => {
  done.length = 0;
  const board = workBoard<string>();
  board.add(task('rows', 'only', () => board.add(task('build', 'one'), task('build', 'two'))));
  await Promise.all([board.work('a', 'rows'), board.work('b', 'build')]);
  expect(done.map((line) => line.slice(3)).toSorted()).toEqual(['one', 'only', 'two']);
  expect(done.some((line) => line.startsWith('b'))).toBe(true);
});

test('after a failure no lane begins anything', async () => {
  done.length = 0;
  const board = workBoard<string>();
  const fails: Task<string> = { kind: 'rows', bytes: 0, run: () => Promise.reject(new Error('refused')) };
  board.add(fails, task('rows', 'next'));
  await expect(board.work('a', 'rows')).rejects.toThrow('refused');
  await board.work('b', 'rows');
  expect(done).toEqual([]);
});

test('a task knows when it is the last', async () => {
  const board = workBoard<string>();
  const alone: boolean[] = [];
  const asks: Task<string> = { kind: 'build', bytes: 0, run: async () => void alone.push(board.alone()) };
  board.add(asks, asks);
  await board.work('a', 'build');
  expect(alone).toEqual([false, true]);
});
