import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateDBInstanceCommand } from '@aws-sdk/client-rds';
import { recordedPid } from '../../../local/cloud/postgres/postmaster-pid.ts';
import { startCloud } from '../../../local/cloud/start.ts';
import { clientOf, INSTANCE, instanceStatus, until } from './cloud-under-test.ts';

/** A process that owns a cloud with one instance, tells their process ids, and waits to be killed. */
const root = process.argv[2] ?? '';
const cloud = await startCloud({ root });
const rds = clientOf(cloud);
await rds.send(new CreateDBInstanceCommand(INSTANCE));
await until('available', () => instanceStatus(rds, 'source'));
const pids = await Promise.all(
  (await readdir(join(root, 'data'))).map((entry) => recordedPid(join(root, 'data', entry)).catch(() => undefined)),
);
console.log(JSON.stringify({ pid: cloud.pid, server: pids.find((pid) => pid !== undefined) }));
