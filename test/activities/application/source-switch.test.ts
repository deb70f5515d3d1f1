import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { openSwitch, type SwitchContext } from '../../../activities/application/switch.ts';
import { applicationFolder, context, type ApplicationFolder } from './application-folder.ts';

const { from, to } = context;

/** As in the mission's step 6, without its password. */
const API = `const dbConfig = {
  host: process.env.AWS_RDS_HOST || '${from.host}',
  port: parseInt(process.env.AWS_RDS_PORT || '5432'),
};
`;
const README = `Old: ${from.host}\r\nReplica: replica-${from.host}\r\nPort: ${from.host}:5432/mindmeasure`;

const source = (
  { path }: ApplicationFolder,
  { mode = 'apply', at = context }: { mode?: 'apply' | 'patch'; at?: SwitchContext } = {},
) =>
  openSwitch({ kind: 'source', name: 'endpoints', root: path, include: ['**/*.ts', '**/*.md', '**/*.bin'], mode }, at);

async function application(): Promise<ApplicationFolder> {
  const folder = await applicationFolder();
  await folder.write('api/database/health.ts', API);
  await folder.write('docs/where is it – now.md', README, 0o644);
  await folder.write('api/other.ts', 'export const other = 1;\n');
  await folder.write('node_modules/x/index.ts', API);
  await folder.write('dump.bin', Buffer.concat([Buffer.from([0, 255]), Buffer.from(from.host)]));
  return folder;
}

const patchOf = async (folder: ApplicationFolder): Promise<string> =>
  Object.keys(await folder.world()).find((name) => name.endsWith('.patch')) ?? 'no patch';

describe('a source switch', () => {
  test('writes a patch when it is staged and says which files it will change', async () => {
    const folder = await application();
    const before = await folder.world();
    const { change } = await source(folder).stage();
    expect(change).toContain('3 places in 2 files');
    expect(change).toContain('api/database/health.ts');
    const after = await folder.world();
    delete after[await patchOf(folder)];
    expect(after).toEqual(before);
    expect(await source(folder).isApplied()).toBe(false);
  });

  test('changes every place of the old host and nothing else', async () => {
    const folder = await application();
    await source(folder).stage();
    await source(folder).apply();
    expect(await folder.read('api/database/health.ts')).toBe(API.replace(from.host, to.host));
    expect(await folder.read('docs/where is it – now.md')).toBe(
      `Old: ${to.host}\r\nReplica: replica-${from.host}\r\nPort: ${to.host}:5432/mindmeasure`,
    );
    expect(await folder.read('node_modules/x/index.ts')).toBe(API);
    expect(await folder.read('dump.bin')).toContain(from.host);
    expect(await source(folder).isApplied()).toBe(true);
  });

  test('leaves the world as before after revert and unstage, and does each deed once', async () => {
    const folder = await application();
    const before = await folder.world();
    const it = source(folder);
    await it.stage();
    await it.stage();
    await it.ready('apply');
    expect(await folder.read('api/database/health.ts')).toBe(API);
    await it.apply();
    await it.apply();
    await it.ready('revert');
    expect((await it.stage()).change).toContain('applied already');
    expect(await it.revert()).toBe('undone');
    expect(await it.revert()).toBe('absent');
    await it.apply();
    expect(await it.revert()).toBe('undone');
    expect(await it.unstage()).toBe('undone');
    expect(await it.unstage()).toBe('absent');
    expect(await folder.world()).toEqual(before);
  });

  test('writes a patch that git can apply', async () => {
    const folder = await application();
    await source(folder, { mode: 'patch' }).stage();
    const patch = await patchOf(folder);
    execFileSync('git', ['apply', '--unsafe-paths', '-p1', patch], { cwd: folder.path });
    expect(await folder.read('api/database/health.ts')).toBe(API.replace(from.host, to.host));
    expect(await folder.read('docs/where is it – now.md')).toContain(`Old: ${to.host}\r\n`);
  });

  test('only writes the patch where the plan leaves applying it to people', async () => {
    const folder = await application();
    const it = source(folder, { mode: 'patch' });
    const { change } = await it.stage();
    expect(change).toContain('to be applied by people');
    const staged = await folder.world();
    await it.apply();
    expect(await it.isApplied()).toBe(true);
    expect(await it.revert()).toBe('absent');
    expect(await folder.world()).toEqual(staged);
  });

  test('keeps edits elsewhere in the files, made before and after the cutover', async () => {
    const folder = await application();
    await source(folder).stage();
    await folder.write('api/database/health.ts', `// one\n\n\n\n\n${API}`);
    await source(folder).apply();
    expect(await folder.read('api/database/health.ts')).toBe(`// one\n\n\n\n\n${API.replace(from.host, to.host)}`);
    await folder.write('api/database/health.ts', `${await folder.read('api/database/health.ts')}\n\n\n\n\n// two\n`);
    await source(folder).revert();
    expect(await folder.read('api/database/health.ts')).toBe(`// one\n\n\n\n\n${API}\n\n\n\n\n// two\n`);
  });

  test.each([
    ['the line was edited', (text: string) => text.replace('AWS_RDS_HOST', 'DB_HOST')],
    ['the old host was written in another place', (text: string) => `${text}\n\n\n\n\n// ${from.host}\n`],
  ])('refuses to apply, names the file and writes nothing, where %s', async (_, edit) => {
    const folder = await application();
    await source(folder).stage();
    await folder.write('docs/where is it – now.md', edit(README.replace('Old:', 'Old AWS_RDS_HOST:')));
    await folder.write('api/database/health.ts', edit(API));
    const before = await folder.world();
    await expect(source(folder).apply()).rejects.toMatchObject({
      type: 'SwitchFailed',
      message: expect.stringContaining('api/database/health.ts: was changed'),
    });
    expect(await folder.world()).toEqual(before);
  });

  test('refuses to revert a place somebody changed, and names the file', async () => {
    const folder = await application();
    await source(folder).stage();
    await source(folder).apply();
    await folder.write('api/database/health.ts', API.replace(from.host, 'third.example.com'));
    await expect(source(folder).revert()).rejects.toThrow('api/database/health.ts: was changed');
  });

  test('refuses a file that is gone', async () => {
    const folder = await application();
    await source(folder).stage();
    await rm(folder.at('api/database/health.ts'));
    await expect(source(folder).apply()).rejects.toThrow('is gone');
  });

  test('finishes an apply that was killed half way, and takes a half one back', async () => {
    const folder = await application();
    await source(folder).stage();
    const staged = await folder.world();
    await folder.write('api/database/health.ts', API.replace(from.host, to.host));
    expect(await source(folder).revert()).toBe('undone');
    expect(await folder.world()).toEqual(staged);
    await folder.write('api/database/health.ts', API.replace(from.host, to.host));
    await source(folder).apply();
    expect(await source(folder).isApplied()).toBe(true);
  });

  test('refuses to stage where no file names the old host', async () => {
    const folder = await applicationFolder();
    await folder.write('a.ts', 'nothing');
    await expect(source(folder).stage()).rejects.toThrow('names mindmeasure-db');
    await expect(source(folder).apply()).rejects.toThrow('no patch');
    expect(await source(folder).isApplied()).toBe(false);
    expect(await source(folder).revert()).toBe('absent');
  });

  test('exchanges the port with the host, and refuses a host without one where the ports differ', async () => {
    const folder = await applicationFolder();
    const at = { ...context, to: { ...to, port: 6543 } };
    await folder.write('a.ts', `'${from.host}:5432' '${from.host}:9000'`);
    await source(folder, { at }).stage();
    await source(folder, { at }).apply();
    expect(await folder.read('a.ts')).toBe(`'${to.host}:6543' '${from.host}:9000'`);
    await folder.write('b.ts', `'${from.host}'`);
    await source(folder, { at }).revert();
    await expect(source(folder, { at }).stage()).rejects.toThrow('without a port');
  });

  test('touches no file outside its root, whatever its patch says', async () => {
    const folder = await application();
    await source(folder).stage();
    const patch = await patchOf(folder);
    const text = await folder.read(patch.slice(folder.path.length + 1));
    await folder.write(patch.slice(folder.path.length + 1), text.replaceAll('api/database', '../database'));
    await expect(source(folder).apply()).rejects.toThrow('paths inside');
  });

  test('refuses a patch that is none any more', async () => {
    const folder = await application();
    await source(folder).stage();
    const patch = await patchOf(folder);
    await folder.write(patch.slice(folder.path.length + 1), '--- a/x\n+++ b/x\n@@ -1,2 +1,9 @@\n nonsense\n');
    await expect(source(folder).apply()).rejects.toThrow('is no patch any more');
  });
});
