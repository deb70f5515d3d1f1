import { chmod } from 'node:fs/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  readTextFile,
  removeBeginningWith,
  replaceText,
  writeBeside,
} from '../../../activities/application/text-file.ts';
import { applicationFolder } from './application-folder.ts';

const live = new AbortController().signal;

/** Makes this process an ordinary account: as root it could give files away. */
function becomeOrdinary(): void {
  if (process.getuid?.() !== 0) return;
  process.seteuid?.(12_345);
  const getuid = vi.spyOn(process, 'getuid').mockReturnValue(12_345);
  onTestFinished(() => {
    getuid.mockRestore();
    process.seteuid?.(0);
  });
}

describe('a text file that is replaced', () => {
  test('is left alone, with nothing beside it, where somebody wrote it since it was read', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', 'A=1\n');
    const file = await readTextFile(path);
    await folder.write('.env', 'A=2\n');
    const before = await folder.world();
    if (file === null) throw new Error('the file is there');
    await expect(replaceText(file, 'A=3\n', `${path}.next`, live)).rejects.toThrow('somebody else wrote it');
    expect(await folder.world()).toEqual(before);
  });

  test('is left alone where the deed took too long', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', 'A=1\n');
    const file = await readTextFile(path);
    if (file === null) throw new Error('the file is there');
    await expect(replaceText(file, 'A=3\n', `${path}.next`, AbortSignal.abort())).rejects.toMatchObject({
      type: 'SwitchFailed',
    });
    expect(await folder.read('.env')).toBe('A=1\n');
  });
});

describe('a file the worker may not handle', () => {
  test('is refused where it would come out with another owner, and nothing is left', async () => {
    const folder = await applicationFolder();
    await chmod(folder.path, 0o777);
    const before = await folder.world();
    becomeOrdinary();
    const like = { uid: 54_321, gid: 54_321, mode: 0o600 };
    await expect(writeBeside(folder.at('.env.staged'), 'A=1\n', like)).rejects.toThrow('wanted that owner kept');
    expect(await folder.world()).toEqual(before);
  });

  test('is refused by name where it cannot be read, written or removed', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('closed/.env', 'A=1\n', 0o600);
    await chmod(folder.at('closed'), 0o000);
    onTestFinished(() => chmod(folder.at('closed'), 0o700));
    becomeOrdinary();
    const refusal = { type: 'SwitchFailed', message: expect.stringContaining('closed') };
    await expect(readTextFile(path)).rejects.toMatchObject(refusal);
    const like = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, mode: 0o600 };
    await expect(writeBeside(`${path}.staged`, 'A=1\n', like)).rejects.toMatchObject(refusal);
    await expect(removeBeginningWith(path)).rejects.toMatchObject(refusal);
  });

  test('is none where it is not there', async () => {
    const folder = await applicationFolder();
    expect(await readTextFile(folder.at('nothing'))).toBeNull();
    expect(await removeBeginningWith(folder.at('no/such/folder'))).toBe(false);
  });
});
