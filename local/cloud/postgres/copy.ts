import { chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import type { Client } from 'pg';
import { z } from 'zod';
import { runAsServer } from './run-as-server.ts';
import { writeOwned } from './server-files.ts';
import { serverUser } from './server-user.ts';
import type { PostgresServer } from './server.ts';

/** What belongs to the running server and must not travel with a copy of its files. */
const NOT_COPIED = ['postmaster.pid', 'postmaster.opts', 'standby.signal', 'recovery.signal'];
const stopped = z.object({ labelfile: z.string() });

/** Copies the data directory of a server that is not running. */
export async function copyDirectory(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await runAsServer('cp', ['-a', from, to]);
}

/**
 * Copies a running server's data directory, as a storage snapshot would: all that was committed before the call is in
 * it. Uses PostgreSQL's low-level backup API, because the servers from npm come without pg_basebackup.
 * https://www.postgresql.org/docs/17/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function copyRunning(server: PostgresServer, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  const session = await server.connect();
  try {
    // The slot holds back WAL: checkpoints during the copy would otherwise recycle what the copy needs to start.
    const slot = `copy_${process.pid}_${Date.now()}`;
    await session.query('SELECT pg_create_physical_replication_slot($1, true, true)', [slot]);
    await session.query(`SELECT pg_backup_start('copy', fast => true)`);
    await copyTolerant(server.dir, to);
    await finish(session, server.dir, to);
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    throw error;
  } finally {
    await session.end(); // ends an unfinished backup and drops the slot
  }
}

async function finish(session: Client, from: string, to: string): Promise<void> {
  const { rows } = await session.query('SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)');
  await writeOwned(join(to, 'backup_label'), stopped.parse(rows[0]).labelfile);
  await copyTolerant(`${join(from, 'pg_wal')}/.`, join(to, 'pg_wal'));
  await Promise.all(NOT_COPIED.map((file) => rm(join(to, file), { force: true })));
  for (const slot of await readdir(join(to, 'pg_replslot')))
    await rm(join(to, 'pg_replslot', slot), { recursive: true });
}

/** `cp`, which fails when a file vanishes under it; PostgreSQL's recovery does not need such a file. */
async function copyTolerant(from: string, to: string): Promise<void> {
  try {
    await runAsServer('cp', ['-a', from, to]);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const complaints = String(error.stderr).split('\n');
    if (complaints.some((line) => line !== '' && !line.includes('No such file or directory'))) throw error;
  }
}

/** An empty folder that the server's user owns. */
export async function ownedFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const user = serverUser();
  if (user) await chown(path, user.uid, user.gid);
}
