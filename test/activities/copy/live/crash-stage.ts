import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LiveProgress } from '../../../../activities/copy/live/live-progress.ts';
import { leaseName } from '../../../../activities/copy/live/lease.ts';
import type { Major } from '../../../../local/cloud/postgres/binaries.ts';
import { PROGRAM } from '../../../program.ts';
import type { CopyProcessInput } from './copy-process.ts';
import { openLiveStage, type LiveStage } from './live-stage.ts';

/** Eight tables, the biggest first in the order of work, as in every copy. */
export const TABLES = 8;
const SCHEMA = Array.from(
  { length: TABLES },
  (_, n) =>
    `CREATE TABLE t${n} (id int PRIMARY KEY, v int, pad text); CREATE INDEX ON t${n} (v);
     INSERT INTO t${n} SELECT g, g, repeat(md5(g::text), 4) FROM generate_series(1, ${3000 - n * 200}) g;
     ${n === 0 ? '' : `ALTER TABLE t${n} ADD FOREIGN KEY (id) REFERENCES t${n - 1}`}`,
).join(';');

/** Bytes a second: two seconds for all of it, where something has to happen meanwhile; half a second where the copy ends itself. */
export const SLOW = 1_500_000;
export const BRISK = 6_000_000;

let written = 100_000;
export const writes = (writer: number, n: number): string =>
  `BEGIN; ${Array.from({ length: TABLES }, (_, t) => `UPDATE t${t} SET v = v + 1 WHERE id = ${1 + ((n * 13 + writer * 700) % 1500)}`).join(';')};
   INSERT INTO t0 VALUES (${(written += 1)}, 0, 'new'); DELETE FROM t7 WHERE id = ${1600 - ((n * 2 + writer) % 300)};
   COMMIT`;

/** An attempt that ends or freezes itself on its way. */
export interface CopyInAProcess {
  readonly pid: number;
  thaw(): void;
  end(): Promise<{ readonly signal?: string | undefined; readonly stdout: string }>;
}

/** Where copies are ended on their way. */
export interface CrashStage extends LiveStage {
  /** Of the copy that is under way or finished; another one is another copy. */
  slotLsn(): Promise<unknown>;
  /** The files of the tables whose rows are there: a table that is loaded twice has another. */
  filesOfDone(): Promise<object[]>;
  leases(): Promise<{ readonly pid: number }[]>;
  /** Begins an attempt in a process that ends or freezes itself with the third table, or another one, of stage `rows`, or another one. */
  attemptInAProcess(
    signal: CopyProcessInput['signal'],
    where?: Pick<CopyProcessInput, 'stage' | 'done'>,
  ): Promise<CopyInAProcess>;
  demandEqualNow(): Promise<void>;
  /** Once the target has followed. */
  demandEqual(): Promise<void>;
}

/** `more`: SQL of the application for tables besides, with their rows. */
export async function openCrashStage(source: Major, target: Major, more = ''): Promise<CrashStage> {
  const stage = await openLiveStage(
    source,
    target,
    async (pair) => {
      const { servers } = pair;
      await pair.sql('source', `${SCHEMA}; ${more}`, 'app_rw');
      // One table after the other; workers of a subscription that were ended come back after 5 s by default.
      await servers.target.sql('ALTER SYSTEM SET max_sync_workers_per_subscription = 1');
      await servers.target.sql(`ALTER SYSTEM SET wal_retrieve_retry_interval = '200ms'`);
      await servers.target.sql('SELECT pg_reload_conf()');
    },
    'as prepared',
  );
  const { pair } = stage;
  const demandEqualNow = async (): Promise<void> =>
    expect(await stage.fingerprints('target')).toEqual(await stage.fingerprints('source'));
  return {
    ...stage,
    slotLsn: async () => (await pair.sql('target', 'SELECT slot_lsn, began_at FROM daybreak.live_copy'))[0],
    filesOfDone: () =>
      pair.sql(
        'target',
        `SELECT c.relname, c.relfilenode FROM daybreak.live_copy_mark m JOIN pg_class c ON m.what = format('rows of "public"."%s"', c.relname) ORDER BY 1`,
      ),
    leases: () =>
      pair.sql('source', `SELECT pid FROM pg_stat_activity WHERE application_name = '${leaseName(pair.migration)}'`),
    attemptInAProcess: async (signal, where = { stage: 'rows', done: 3 }) => {
      const { password } = pair.source;
      const { caFile, scratch, programs } = pair.clients;
      const secrets = { [password]: await pair.clients.readSecret(password) };
      const sides = { migration: stage.input.migration, source: pair.source, target: pair.target };
      const input = { ...sides, jobs: 2, bytesPerSecond: BRISK };
      const order: CopyProcessInput = { input, ...where, signal, caFile, scratch, programs, secrets };
      const file = join(scratch, `${signal}.json`);
      await writeFile(file, JSON.stringify(order));
      const program = 'test/activities/copy/live/copy-process.ts';
      const attempt = execa(process.execPath, [PROGRAM, program, file], { reject: false });
      return {
        pid: attempt.pid ?? 0,
        thaw: () => void attempt.kill('SIGCONT'),
        end: async () => await attempt,
      };
    },
    demandEqualNow,
    demandEqual: async () => {
      await stage.follow();
      await demandEqualNow();
    },
  };
}

export const failureOf = (deed: Promise<unknown>): Promise<unknown> =>
  deed.then(
    () => null,
    (error: unknown) => error,
  );

/** Does a deed once `tables` are done; `done` waits for its end. */
export function onceAt(tables: number, deed: () => Promise<unknown>) {
  const deeds: Promise<unknown>[] = [];
  const heartbeat = ({ tablesDone }: LiveProgress): void => {
    if (tablesDone >= tables && deeds.length === 0) deeds.push(deed());
  };
  return { heartbeat, done: () => Promise.all(deeds) };
}
