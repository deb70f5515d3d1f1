import { expect, test } from 'vitest';
import { closingList } from '../../../local/demo/closing-list.ts';

test('what was started last is ended first, once, whatever becomes of the others', async () => {
  const ended: string[] = [];
  const closing = closingList();
  closing.add(async () => void ended.push('cloud'));
  closing.add(() => Promise.reject(new Error('does not end')));
  closing.add(async () => void ended.push('writer'));
  await expect(closing.closeAll()).rejects.toThrow('does not end');
  await expect(closing.closeAll()).rejects.toThrow('does not end');
  expect(ended).toEqual(['writer', 'cloud']);
});

test('what was still starting when all was ended is ended as soon as it is there', async () => {
  const ended: string[] = [];
  const closing = closingList();
  await closing.closeAll();
  closing.add(async () => void ended.push('late'));
  expect(ended).toEqual(['late']);
});
