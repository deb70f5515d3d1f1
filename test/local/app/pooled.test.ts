import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApplication, type Application } from '../../../local/app/application.ts';
import { addressFile } from '../../../local/app/database-address.ts';
import { checkLedger } from '../../../local/app/ledger-check.ts';
import { readLedger } from '../../../local/app/ledger.ts';
import { startPooler, type Pooler } from '../../../local/app/pooler.ts';
import { APP_ROLE } from '../../../local/app/seed.ts';
import { startWriteLoad } from '../../../local/app/write-load.ts';
import { applicationPath, straightPath } from '../../../local/app/write-path.ts';
import { openAuthority } from '../../../local/cloud/postgres/authority.ts';
import { letThrough } from '../../../local/cloud/postgres/server-files.ts';
import { MISSING, WITHOUT } from '../../pgbouncer-server.ts';
import { until } from '../../until.ts';
import { PASSWORDS, startMindMeasure, type MindMeasure } from './mind-measure.ts';

describe.skipIf(MISSING)(`the sample application behind a PgBouncer${WITHOUT}`, () => {
  let mind: MindMeasure;
  let pooler: Pooler;
  let app: Application;
  beforeAll(async () => {
    mind = await startMindMeasure();
    await letThrough(mind.folder);
    const [port] = mind.ports;
    const authority = await openAuthority(join(mind.folder, 'ca'));
    pooler = await startPooler({
      folder: join(mind.folder, 'pooler'),
      database: { name: 'mindmeasure', host: '127.0.0.1', port, database: 'mindmeasure' },
      logins: { ...PASSWORDS, console: 'console-secret' },
      admin: 'console',
      caFile: mind.caFile,
      certificate: await authority.issue(),
      // Fewer connections than clients: each transaction may get another.
      settings: { default_pool_size: '2' },
    });
    const login = { user: APP_ROLE, password: PASSWORDS[APP_ROLE] };
    const address = { ...login, host: '127.0.0.1', port: pooler.port, database: 'mindmeasure', pooled: true };
    await writeFile(mind.envFile, addressFile(address));
    const { envFile, caFile } = mind;
    app = await startApplication({ version: 'live', envFile, caFile, port: 0, patienceMs: 0 });
  });
  afterAll(async () => {
    await app?.close();
    await pooler?.stop();
    await mind?.[Symbol.asyncDispose]();
  });

  test('says which engine is behind the pooler', async () => {
    const answer = await fetch(`${app.url}/api/database/health`);
    expect(await answer.json()).toMatchObject({
      status: 'healthy',
      database: { engine: 'rds', port: String(pooler.port) },
    });
  });

  test('writes without an error over shared connections, and the ledger names the server, not the pooler', async () => {
    const ledger = join(mind.folder, 'ledger.jsonl');
    writeFileSync(ledger, '');
    const straight = { envFile: mind.envFile, caFile: mind.caFile, patienceMs: 0 };
    const paths = [1, 2, 3].flatMap((n) => [
      applicationPath(`app ${n}`, app.url),
      straightPath(`straight ${n}`, straight),
    ]);
    const load = startWriteLoad({ paths, rate: 300, ledger });
    await until('writes on every path', () => new Set(readLedger(ledger).map(({ path }) => path)).size === 6);
    await until('some more writes', () => readLedger(ledger).length > 60);
    await load.stop();
    const [own] = await mind.sql<{ name: string }>(`SELECT '127.0.0.1:' || inet_server_port() AS name`);
    const name = own?.name ?? '';
    const options = { ledger, envFile: mind.envFile, caFile: mind.caFile };
    expect(await checkLedger(options)).toMatchObject({ servers: [name], owner: name, writesFailed: 0, writesLost: 0 });
    const known = await checkLedger({ ...options, names: { [name]: 'the source' } });
    expect(known).toMatchObject({ servers: ['the source'], owner: 'the source', lostBy: { 'the source': 0 } });
  });
});
