import { expect, test } from 'vitest';
import { closingList } from '../../../local/demo/closing-list.ts';
import type { Guardian } from '../../../local/demo/guardian.ts';

function notingGuardian(): Guardian & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    started: (pid) => void told.push(`started ${pid}`),
    ended: (pid) => void told.push(`ended ${pid}`),
    folder: (path) => void told.push(`folder ${path}`),
    done: async () => void told.push('done'),
  };
}

test('what was started last is ended first, once, whatever becomes of the others', async () => {
  const ended: string[] = [];
  const closing = closingList(notingGuardian());
  closing.add(async () => void ended.push('cloud'));
  closing.add(() => Promise.reject(new Error('does not end')));
  closing.add(async () => void ended.push('writer'));
  await expect(closing.closeAll()).rejects.toThrow('does not end');
  await expect(closing.closeAll()).rejects.toThrow('does not end');
  expect(ended).toEqual(['writer', 'cloud']);
});

test('what was still starting when all was ended is ended as soon as it is there', async () => {
  const ended: string[] = [];
  const closing = closingList(notingGuardian());
  await closing.closeAll();
  closing.add(async () => void ended.push('late'));
  expect(ended).toEqual(['late']);
});

test('the guardian knows of every process until it has ended', async () => {
  const guardian = notingGuardian();
  const closing = closingList(guardian);
  const graces: (number | undefined)[] = [];
  const process = (pid: number) => ({ pid, stop: async (graceMs?: number) => void graces.push(graceMs) });
  closing.guard('/tmp/stage');
  closing.keep(process(1));
  const stopWriter = closing.keep(process(2));
  await stopWriter(70_000);
  await closing.closeAll();
  expect(guardian.told).toEqual([
    'folder /tmp/stage',
    'started 1',
    'started 2',
    'ended 2',
    'ended 2',
    'ended 1',
    'done',
  ]);
  expect(graces).toEqual([70_000, undefined, undefined]);
});
