import { describe, expect, test } from 'vitest';
import { readOptions } from '../../../local/demo/options.ts';

describe('the options of the demo', () => {
  test('by default ask on the terminal and soak for ten seconds', () => {
    expect(readOptions([], true)).toEqual({
      strategy: 'blue-green',
      yes: false,
      reject: false,
      rollback: false,
      pooler: true,
      asMaster: false,
      soak: '10s',
      keep: false,
      json: false,
      namespace: 'default',
      ui: 'http://127.0.0.1:8233',
      engine: '15',
    });
  });

  test('leave time to go back in the soak, unless told otherwise', () => {
    expect(readOptions(['--rollback'], true)).toMatchObject({ soak: '2m' });
    expect(readOptions(['--rollback', '--soak', '30s'], true)).toMatchObject({ soak: '30s' });
  });

  test.each([
    [['--strategy', 'teleport'], /knows blue-green, replica, snapshot, dump/],
    [['--soak', 'a while'], /wanted a duration/],
    [['--engine', '12'], /15, 17/],
    [['--reject', '--yes'], /cannot be used with/],
    [['--reject', '--rollback'], /cannot be used with/],
    [['--nonsense'], /unknown option/],
    [['extra'], /too many arguments/],
  ])('%j is a mistake of the person who typed it: exit code 2', (args, message) => {
    expect(readOptions(args, true)).toEqual({ exitCode: 2, message: expect.stringMatching(message) });
  });

  test('without a terminal somebody has to be named who decides', () => {
    expect(readOptions([], false)).toMatchObject({ exitCode: 2, message: expect.stringContaining('--yes') });
    expect(readOptions(['--yes'], false)).toMatchObject({ yes: true });
    expect(readOptions(['--reject'], false)).toMatchObject({ reject: true });
  });
});
