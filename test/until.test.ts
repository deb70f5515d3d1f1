import { describe, expect, test } from 'vitest';
import { until } from './until.ts';

describe('a wait of a test', () => {
  test('ends with what it waited for, looking again as long as nothing is there', async () => {
    const answers = [null, undefined, false, 'arrived', 'too late'];
    expect(await until('an arrival', () => answers.shift(), { lookMs: 1 })).toBe('arrived');
    expect(answers).toEqual(['too late']);
  });

  test('takes nought and no text for answers', async () => {
    expect(await until('a number', () => 0)).toBe(0);
    expect(await until('a text', async () => '')).toBe('');
  });

  test('says what it waited for and what there was instead', async () => {
    const waited = until('a miracle', () => false, { limitMs: 5, lookMs: 1, seen: () => 'rain' });
    await expect(waited).rejects.toThrow('waited 0.005 s for: a miracle; instead:\nrain');
  });

  test('does not wait on when looking fails', async () => {
    const look = () => Promise.reject(new Error('blind'));
    await expect(until('anything', look)).rejects.toThrow('blind');
  });
});
