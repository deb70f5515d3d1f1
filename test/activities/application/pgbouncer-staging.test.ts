import { chmod, copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSwitch } from '../../../activities/application/switch.ts';
import { makeLedgers, MISSING, startPoolerBefore, type PoolerBeforePair, WITHOUT } from '../../pgbouncer-server.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';
import { applicationFolder } from './application-folder.ts';

let pair: Pair;

beforeAll(async () => {
  if (MISSING) return;
  pair = await startPair({ source: '17', target: '17' });
  await makeLedgers(pair);
});
afterAll(() => pair?.stop());

/** Root could write anywhere. */
async function asOrdinary<Result>(deed: () => Promise<Result>): Promise<Result> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(12_345);
  try {
    return await deed();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

/** What staging is refused with, and the files it leaves. */
async function refusal(pooler: PoolerBeforePair, it = pooler.open()): Promise<object> {
  const folder = dirname(pooler.config);
  const before = await readdir(folder);
  const error: unknown = await it.stage().catch((thrown: unknown) => thrown);
  const leaves = (await readdir(folder)).filter((file) => !before.includes(file));
  return error instanceof ApplicationFailure ? { type: error.type, message: error.message, leaves } : { error, leaves };
}
const saying = (words: RegExp): object => ({
  type: 'SwitchFailed',
  message: expect.stringMatching(words),
  leaves: [],
});

describe.skipIf(MISSING)(`staging a PgBouncer switch is refused${WITHOUT}`, () => {
  test.each([
    ['of the whole pooler', { pool_mode: 'session' }],
    ['of one of its users', { pool_mode: 'transaction' }],
  ])('where the pool mode %s is session', async (whose, settings) => {
    await using pooler = await startPoolerBefore(pair, { settings });
    if (whose === 'of one of its users') {
      await writeFile(pooler.config, `${await readFile(pooler.config, 'utf8')}[users]\napp_rw = pool_mode=session\n`);
      await pooler.ask('RELOAD');
      await pooler.leadsTo();
    }
    expect(await refusal(pooler)).toMatchObject(saying(/found pool_mode = session for app/));
  });

  test('where several processes share its port', async () => {
    await using pooler = await startPoolerBefore(pair, { settings: { so_reuseport: '1' } });
    expect(await refusal(pooler)).toMatchObject(saying(/so_reuseport = 1/));
  });

  test('where the pool leads elsewhere, in the file or in the running pooler', async () => {
    await using pooler = await startPoolerBefore(pair);
    const text = await readFile(pooler.config, 'utf8');
    const elsewhere = text.replace(`port=${pair.source.port}`, 'port=1');
    await writeFile(pooler.config, elsewhere);
    expect(await refusal(pooler)).toMatchObject(
      saying(/pgbouncer\.ini: found app at 127\.0\.0\.1:1\/app; wanted the source/),
    );
    await pooler.ask('RELOAD');
    await writeFile(pooler.config, text);
    expect(await refusal(pooler)).toMatchObject(
      saying(/the running PgBouncer leads app to 127\.0\.0\.1:1\/app; .* edited and not reloaded/),
    );
  });

  test('where the file is not the one it reads, or is none', async () => {
    await using pooler = await startPoolerBefore(pair);
    const other = `${dirname(pooler.config)}/other.ini`;
    await copyFile(pooler.config, other);
    expect(await refusal(pooler, pooler.open({ config: other }))).toMatchObject(
      saying(/other\.ini: the running PgBouncer reads .*pgbouncer\.ini/),
    );
    expect(await refusal(pooler, pooler.open({ config: `${other}.none` }))).toMatchObject(saying(/found no file/));
  });

  test('where the folder of its file is not writable', async () => {
    await using pooler = await startPoolerBefore(pair);
    const folder = await applicationFolder();
    const config = await folder.write('pgbouncer.ini', await readFile(pooler.config, 'utf8'), 0o644);
    await chmod(folder.path, 0o555);
    expect(await asOrdinary(() => refusal(pooler, pooler.open({ config })))).toMatchObject(
      saying(/pgbouncer\.ini.*cannot be written/),
    );
  });

  test('where the console refuses the login, does not answer, or lets its user only look', async () => {
    await using pooler = await startPoolerBefore(pair, { settings: { stats_users: 'app_rw' } });
    const { admin } = pooler.plan;
    expect(await refusal(pooler, pooler.open({ admin: { ...admin, user: 'app_ro' } }))).toMatchObject(
      saying(/app_ro cannot log in to its console/),
    );
    const wrong = openSwitch(pooler.plan, pooler.context, { ...pooler.clients, readSecret: async () => 'wrong' });
    expect(await refusal(pooler, wrong)).toMatchObject(
      saying(/console cannot log in to its console pgbouncer: SASL authentication failed/),
    );
    expect(await refusal(pooler, pooler.open({ admin: { ...admin, port: 1 } }))).toMatchObject(
      saying(/cannot log in to its console.*ECONNREFUSED/),
    );
    const looker = { ...admin, user: 'app_rw', password: 'env:APP_RW_PASSWORD' };
    expect(await refusal(pooler, pooler.open({ admin: looker }))).toMatchObject(
      saying(/admin access needed; wanted app_rw in admin_users/),
    );
  });

  test('where its console speaks no TLS, unless the plan says so', async () => {
    await using pooler = await startPoolerBefore(pair, { settings: { client_tls_sslmode: 'disable' } });
    expect(await refusal(pooler)).toMatchObject(saying(/does not support SSL/));
    await expect(pooler.open({ admin: { ...pooler.plan.admin, tls: 'none' } }).stage()).resolves.toHaveProperty(
      'change',
    );
  });

  test('where it knows of a client only a secret the target will not have', async () => {
    const [row] = (await pair.servers.source.sql(`SELECT rolpassword FROM pg_authid WHERE rolname = 'app_rw'`)).rows;
    const secret = (row as { rolpassword: string }).rolpassword;
    await using pooler = await startPoolerBefore(pair, { logins: { app_rw: secret, console: 'console-secret' } });
    expect(await pooler.leadsTo()).toBe(pair.source.port);
    expect(await refusal(pooler)).toMatchObject(
      saying(/found only a hash for app_rw in .*userlist\.txt, which the target does not accept/),
    );
  });
});

test.skipIf(MISSING)(`staging says what it could not look at${WITHOUT}`, async () => {
  await using pooler = await startPoolerBefore(pair, { settings: { auth_user: 'app_rw' } });
  expect((await pooler.open().stage()).change).toContain('their passwords are kept elsewhere');
});
