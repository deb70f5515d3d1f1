import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findServer, healSymlinks, versionOf } from '../../../../local/cloud/postgres/binaries.ts';
import { endOrphan } from '../../../../local/cloud/postgres/orphans.ts';
import { closedFolder, serverUser } from '../../../../local/cloud/postgres/server-user.ts';
import { postgresServer } from '../../../../local/cloud/postgres/server.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'machine-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('links that npm could not pack are made, and made only once', () => {
  mkdirSync(join(folder, 'native', 'lib'), { recursive: true });
  writeFileSync(join(folder, 'native', 'lib', 'libx.so.1.2'), '');
  writeFileSync(
    join(folder, 'native', 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so' }]),
  );
  healSymlinks(folder);
  healSymlinks(folder);
  expect(readlinkSync(join(folder, 'native', 'lib', 'libx.so'))).toBe('libx.so.1.2');
});

test('the servers of npm report their own versions', () => {
  expect(findServer('15').version).toMatch(/^15\.\d+$/);
  expect(versionOf(findServer('17').bin)).toBe(findServer('17').version);
});

describe('the user the servers run as', () => {
  const passwd = (text: string) => {
    const file = join(folder, 'passwd');
    writeFileSync(file, text);
    return file;
  };
  const asRoot = process.getuid?.() === 0;

  test.skipIf(!asRoot)('is postgres, else nobody, when we are root', () => {
    expect(serverUser(passwd('root:x:0:0\nnobody:x:9:8::\npostgres:x:7:6::\n'))).toEqual({
      name: 'postgres',
      uid: 7,
      gid: 6,
    });
    expect(serverUser(passwd('root:x:0:0\nnobody:x:9:8::\n'))).toEqual({ name: 'nobody', uid: 9, gid: 8 });
    expect(() => serverUser(passwd('root:x:0:0\n'))).toThrow('neither "postgres" nor "nobody"');
  });

  test('is stopped by the first folder it may not enter', () => {
    const user = { name: 'someone', uid: 12345, gid: 12345 };
    mkdirSync(join(folder, 'shut', 'below'), { recursive: true });
    chmodSync(folder, 0o711);
    chmodSync(join(folder, 'shut'), 0o700);
    expect(closedFolder(join(folder, 'shut', 'below'), user)).toBe(join(folder, 'shut'));
    chmodSync(join(folder, 'shut'), 0o701);
    expect(closedFolder(join(folder, 'shut', 'below'), user)).toBeUndefined();
    expect(closedFolder(join(folder, 'shut'), undefined)).toBeUndefined();
  });

  test.skipIf(!asRoot)('is told which folder shuts it out of a data directory', async () => {
    chmodSync(join(folder, 'shut'), 0o700);
    const server = postgresServer({ bin: findServer('17').bin, dir: join(folder, 'shut', 'below', 'data') });
    await expect(server.init()).rejects.toThrow(`may not enter ${join(folder, 'shut')}`);
  });
});

describe('a server that a killed cloud left behind', () => {
  test('is ended before its data directory is used again', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'orphan-test-'));
    const deaths: string[] = [];
    const server = postgresServer({
      bin: findServer('17').bin,
      dir: join(parent, 'data'),
      onDeath: (how) => deaths.push(how),
    });
    await server.init();
    await server.start();
    await endOrphan(server.dir);
    expect(existsSync(join(server.dir, 'postmaster.pid'))).toBe(false);
    await expect.poll(() => deaths, { timeout: 5_000 }).toEqual(['ended with 0']);
    rmSync(parent, { recursive: true });
  }, 60_000);

  test('is not looked for under a number that another process has by now', async () => {
    mkdirSync(join(folder, 'stale'));
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(join(folder, 'stale', 'postmaster.pid'), `${stranger.pid}\n`);
    await endOrphan(join(folder, 'stale'));
    expect([stranger.exitCode, stranger.signalCode, stranger.killed]).toEqual([null, null, false]);
    stranger.kill();
  });
});
