import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { workBoard, type Task } from '../../../../activities/copy/live/work-board.ts';

const done: string[] = [];
const task = (kind: Task<string>['kind'], name: string, then: () => void = () => undefined): Task<string> => ({
  kind,
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
  const fails: Task<string> = { kind: 'rows', run: () => Promise.reject(new Error('refused')) };
  board.add(fails, task('rows', 'next'));
  await expect(board.work('a', 'rows')).rejects.toThrow('refused');
  await board.work('b', 'rows');
  expect(done).toEqual([]);
});

test('a task knows when it is the last', async () => {
  const board = workBoard<string>();
  const alone: boolean[] = [];
  const asks: Task<string> = { kind: 'build', run: async () => void alone.push(board.alone()) };
  board.add(asks, asks);
  await board.work('a', 'build');
  expect(alone).toEqual([false, true]);
});
