import { chown, symlink, lstat, stat, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openSwitch, type SwitchContext } from '../../../activities/application/switch.ts';
import { applicationFolder, context } from './application-folder.ts';

const { from, to } = context;

const ENV = `# production
export NODE_ENV=production
DB_HOST=${from.host} # the database
DB_PORT=5432

DB_PASSWORD="p4ss=#word"
PRIVATE_KEY="-----BEGIN-----
DB_HOST=not-an-assignment
-----END-----"
`;

const dotenv = (path: string, key = 'DB_HOST', value: string | null = '{host}', at: SwitchContext = context) =>
  openSwitch({ kind: 'dotenv', name: 'env', path, key, value }, at);

describe('a dotenv switch', () => {
  test('changes nothing the application reads when it is staged, and says what will change', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV);
    const { change } = await dotenv(path).stage();
    expect(await folder.read('.env')).toBe(ENV);
    expect(change).toBe(`DB_HOST in ${path}: ${to.host}`);
    expect(await dotenv(path).isApplied()).toBe(false);
  });

  test('exchanges the one value and keeps comments, order and everything else', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV);
    await dotenv(path).stage();
    await dotenv(path).apply();
    expect(await folder.read('.env')).toBe(ENV.replace(from.host, to.host));
    expect(parseEnv(await folder.read('.env'))['DB_HOST']).toBe(to.host);
    expect(await dotenv(path).isApplied()).toBe(true);
  });

  test('leaves the world as before after revert and unstage, and does each deed once', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV, 0o600);
    const before = await folder.world();
    const it = dotenv(path);
    await it.stage();
    await it.stage();
    await it.apply();
    await it.apply();
    await it.stage();
    expect(await it.revert()).toBe('undone');
    expect(await it.revert()).toBe('absent');
    expect(await it.unstage()).toBe('undone');
    expect(await it.unstage()).toBe('absent');
    expect(await folder.world()).toEqual(before);
    await it.stage();
    await it.apply();
    expect(await folder.read('.env')).toContain(to.host);
  });

  test('can be applied again after a revert, as a rollback that fails has to', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV);
    await dotenv(path).stage();
    await dotenv(path).apply();
    await dotenv(path).revert();
    await dotenv(path).apply();
    expect(await dotenv(path).isApplied()).toBe(true);
  });

  test('put in place what was readied ahead, but not where others edited the file since', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV, 0o600);
    const before = await folder.world();
    const it = dotenv(path);
    await it.stage();
    const staged = await folder.world();
    await it.ready('apply');
    const [next = 'none'] = Object.keys(await folder.world()).filter((name) => !(name in staged));
    const readied = await stat(next);
    expect(await folder.read('.env')).toBe(ENV);
    await it.apply();
    expect((await stat(path)).ino).toBe(readied.ino);
    expect(Object.keys(await folder.world())).toEqual(Object.keys(staged));
    await it.ready('revert');
    await writeFile(path, `${await folder.read('.env')}ADDED=1\n`);
    expect(await it.revert()).toBe('undone');
    expect(await folder.read('.env')).toBe(`${ENV}ADDED=1\n`);
    await it.ready('apply');
    await it.unstage();
    expect(Object.keys(await folder.world())).toEqual(Object.keys(before));
  });

  test('keeps what others edited between staging, cutover and revert', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV);
    await dotenv(path).stage();
    await folder.write('.env', `${ENV}ADDED=1\n`);
    await dotenv(path).apply();
    await folder.write('.env', (await folder.read('.env')).replace('ADDED=1', 'ADDED=2'));
    await dotenv(path).revert();
    expect(await folder.read('.env')).toBe(`${ENV}ADDED=2\n`);
  });

  test.each(['apply', 'revert'] as const)(
    'refuses to %s over a value somebody else set, naming what it found',
    async (deed) => {
      const folder = await applicationFolder();
      const path = await folder.write('.env', ENV);
      await dotenv(path).stage();
      if (deed === 'revert') await dotenv(path).apply();
      const theirs = ENV.replace(from.host, 'third.example.com');
      await folder.write('.env', theirs);
      await expect(dotenv(path)[deed]()).rejects.toMatchObject({
        type: 'SwitchFailed',
        message: expect.stringContaining('third.example.com'),
      });
      expect(await folder.read('.env')).toBe(theirs);
    },
  );

  test('never repeats a value that may be a secret', async () => {
    const folder = await applicationFolder();
    const url = (host: string) => `DATABASE_URL='postgres://app:s3cret@${host}:5432/mindmeasure?sslmode=verify-full'\n`;
    const path = await folder.write('.env', url(from.host));
    const it = dotenv(path, 'DATABASE_URL', null);
    const { change } = await it.stage();
    expect(change).not.toContain('s3cret');
    await folder.write('.env', url('third.example.com'));
    await expect(it.apply()).rejects.toThrow(/^(?!.*s3cret)/);
  });

  test('exchanges host and port inside a connection URL and keeps its password', async () => {
    const folder = await applicationFolder();
    const at = { ...context, to: { ...to, port: 6543 } };
    const url = (host: string, port: number) => `DATABASE_URL='postgres://app:s3cret@${host}:${port}/mindmeasure'\n`;
    const path = await folder.write('.env', url(from.host, 5432));
    await dotenv(path, 'DATABASE_URL', null, at).stage();
    await dotenv(path, 'DATABASE_URL', null, at).apply();
    expect(await folder.read('.env')).toBe(url(to.host, 6543));
  });

  test.each([
    ['another host', 'DATABASE_URL=postgres://elsewhere:5432/x\n', 'does not name'],
    ['no port where the ports differ', `DATABASE_URL=postgres://${from.host}/x\n`, 'without a port'],
  ])('refuses to exchange the host in a URL with %s', async (_, text, message) => {
    const folder = await applicationFolder();
    const at = { ...context, to: { ...to, port: 6543 } };
    const path = await folder.write('.env', text);
    await expect(dotenv(path, 'DATABASE_URL', null, at).stage()).rejects.toThrow(message);
  });

  test('changes two keys of one file at the same time without losing either', async () => {
    const folder = await applicationFolder();
    const at = { ...context, to: { ...to, port: 6543 } };
    const path = await folder.write('.env', ENV);
    const both = [dotenv(path, 'DB_HOST', '{host}', at), dotenv(path, 'DB_PORT', '{port}', at)];
    const before = await folder.world();
    for (const each of both) await each.stage();
    await Promise.all(both.map((each) => each.apply()));
    expect(parseEnv(await folder.read('.env'))).toMatchObject({ DB_HOST: to.host, DB_PORT: '6543' });
    await Promise.all(both.map((each) => each.revert()));
    for (const each of both) await each.unstage();
    expect(await folder.world()).toEqual(before);
  });

  test.each([
    ['CRLF line ends', `A=1\r\nDB_HOST=${from.host}\r\nB=2\r\n`],
    ['an export prefix', `export DB_HOST=${from.host}\nB=2\n`],
    ['single quotes', `DB_HOST='${from.host}'\n`],
    ['double quotes and a comment', `  DB_HOST = "${from.host}"   # here\n`],
    ['no line end at the end of the file', `B=2\nDB_HOST=${from.host}`],
    ['a byte order mark', `\uFEFFDB_HOST=${from.host}\n`],
    ['an empty value', 'DB_HOST=\nB=2\n'],
  ])('keeps %s', async (_, text) => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', text);
    await dotenv(path).stage();
    await dotenv(path).apply();
    const applied = text.includes(from.host)
      ? text.replace(from.host, to.host)
      : text.replace('DB_HOST=', `DB_HOST=${to.host}`);
    expect(await folder.read('.env')).toBe(applied);
    await dotenv(path).revert();
    expect(await folder.read('.env')).toBe(text);
  });

  test('puts a value that cannot stand bare into quotes, and takes them away again', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', 'DB=old\n');
    await dotenv(path, 'DB', '{host} #{port}').stage();
    await dotenv(path, 'DB', '{host} #{port}').apply();
    expect(parseEnv(await folder.read('.env'))['DB']).toBe(`${to.host} #5432`);
    await dotenv(path, 'DB', '{host} #{port}').revert();
    expect(await folder.read('.env')).toBe('DB=old\n');
  });

  test.each([
    ['the key stands twice', 'DB_HOST=a\nDB_HOST=b\n', 'found DB_HOST 2 times'],
    ['the key is only in a comment', '#DB_HOST=a\n', 'found no DB_HOST'],
    ['the key is only inside another value', 'KEY="\nDB_HOST=a\n"\n', 'found no DB_HOST'],
    ['a value without quotes holds a #', 'DB_HOST=a#b\n', 'two ways'],
    ['quotes end in the middle of a value', 'DB_HOST="a" "b"\n', 'two ways'],
    ['the value is the target’s already', `DB_HOST=${to.host}\n`, 'already has the target'],
  ])('refuses to stage where %s, and leaves the world as before', async (_, text, message) => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', text);
    const before = await folder.world();
    await expect(dotenv(path).stage()).rejects.toMatchObject({
      type: 'SwitchFailed',
      message: expect.stringContaining(message),
    });
    expect(await folder.world()).toEqual(before);
  });

  test('refuses a file that is missing, and one that is not UTF-8', async () => {
    const folder = await applicationFolder();
    await expect(dotenv(folder.at('.env')).stage()).rejects.toThrow('found no file');
    const path = await folder.write('.env', Buffer.from(`#caf\xe9\nDB_HOST=${from.host}\n`, 'latin1'));
    await expect(dotenv(path).stage()).rejects.toThrow('UTF-8');
  });

  test('refuses to apply what was not staged', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV);
    await expect(dotenv(path).apply()).rejects.toThrow('nothing staged');
    expect(await dotenv(path).revert()).toBe('absent');
  });

  test('does not keep silent when the way back was removed while the value is the target’s', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV);
    await dotenv(path).stage();
    await dotenv(path).apply();
    await dotenv(path).unstage();
    await expect(dotenv(path).revert()).rejects.toThrow('no record of the one before');
  });

  test('has nothing to do where both sides have the same value', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', 'DB_NAME=mindmeasure\n');
    const it = dotenv(path, 'DB_NAME', '{database}');
    await it.stage();
    await it.apply();
    expect(await it.isApplied()).toBe(true);
    expect(await it.revert()).toBe('absent');
  });

  test('removes what a killed worker left half written', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV);
    const before = await folder.world();
    await dotenv(path).stage();
    const staged = Object.keys(await folder.world()).find((name) => name.endsWith('.staged'));
    await writeFile(`${staged?.replace(/staged$/, 'next')}.4071`, 'half');
    await dotenv(path).unstage();
    expect(await folder.world()).toEqual(before);
  });

  test('replaces the file behind a symbolic link, not the link', async () => {
    const folder = await applicationFolder();
    await folder.write('real/.env', ENV);
    await symlink(folder.at('real/.env'), folder.at('.env'));
    await dotenv(folder.at('.env')).stage();
    await dotenv(folder.at('.env')).apply();
    expect((await lstat(folder.at('.env'))).isSymbolicLink()).toBe(true);
    expect(await folder.read('real/.env')).toContain(to.host);
  });

  test.skipIf(process.getuid?.() !== 0)('keeps the owner of the file (needs root to give files away)', async () => {
    const folder = await applicationFolder();
    const path = await folder.write('.env', ENV, 0o600);
    await chown(path, 12_345, 12_346);
    await dotenv(path).stage();
    await dotenv(path).apply();
    expect(await stat(path)).toMatchObject({ uid: 12_345, gid: 12_346 });
    expect(((await stat(path)).mode & 0o7777).toString(8)).toBe('600');
  });
});
