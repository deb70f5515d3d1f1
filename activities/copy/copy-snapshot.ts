import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { CopyFacts, Sides } from '../contract.ts';
import { fingerprintAll, type Fingerprint } from '../verification/fingerprint.ts';
import { withHashSessions } from '../verification/hash-sessions.ts';
import { divideArchive, fitForTransaction } from './archive-list.ts';
import { databaseArgument, runProgram } from './client-program.ts';
import { reportProgress, type CopySignals, type ProgressReport } from './copy-progress.ts';
import { finishCopy } from './finish-copy.ts';
import { layGroundwork } from './groundwork.ts';
import { holdSnapshot, type Snapshot } from './snapshot.ts';
import { readSourceShape, type SourceShape } from './source-shape.ts';
import { claimTarget, type TargetClaim } from './target-claim.ts';
import { together } from '../together.ts';
import { bytesIn, makeWorkingCopy } from './working-copy.ts';

export interface CopyInput extends Sides {
  /** Parallel jobs of pg_dump and pg_restore, and sessions that fingerprint. */
  readonly jobs: number;
  /** Of the attempt inside a fenced section; 0 for a rehearsal. */
  readonly token: number;
}

/** One attempt at a copy that has claimed the target. */
interface Copying extends CopyInput {
  readonly clients: Clients;
  readonly name: string;
  readonly archive: string;
  readonly claim: TargetClaim;
  readonly into: Session;
  readonly progress: ProgressReport;
}

/**
 * Replaces everything on the target but schema `daybreak` by one snapshot of the source, and keeps the snapshot's fingerprints
 * beside it. Any number of attempts may run: the last to claim the target wins, the others fail with `TokenOutdated` or by their
 * sessions being ended, and change nothing more. Throws `CopyFailed`, `DatabaseUnreachable`, `DatabaseRefused`,
 * `CustodyHeldElsewhere`, and on abort the signal's reason; an unfinished copy then stays on the target, without fingerprints.
 */
export async function copySnapshot(clients: Clients, input: CopyInput, signals: CopySignals): Promise<CopyFacts> {
  const began = performance.now();
  const { migration, source, token } = input;
  signals.abort.throwIfAborted();
  const name = sessionName(migration, token);
  await using into = await clients.openSession(input.target, { name, statementTimeoutMs: 0 });
  const claim = await claimTarget(() => clients.openSession(source, { name }), into, { migration, token });
  await using work = await makeWorkingCopy(clients, migration);
  const archive = join(work.folder, 'archive');
  using progress = reportProgress(signals.heartbeat, () => bytesIn(archive));
  const copying: Copying = { ...input, clients, name, archive, claim, into, progress };
  await using snapshot = await holdSnapshot(clients, source, name);
  const [prints, restored] = await together<[Fingerprint[], Restored]>(signals.abort, [
    (abort) =>
      withHashSessions(snapshot.read, input.jobs, abort, (sessions) =>
        fingerprintAll(sessions, (_done, of) => progress.tables(of)),
      ),
    (abort) => dumpAndRestore(copying, snapshot, abort),
  ]);
  progress.stage('finish');
  await finishCopy(into, claim, { ...restored, prints });
  const tables = prints.filter(({ kind }) => kind === 'table');
  return {
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + Number(rows), 0),
    bytes: await bytesIn(archive),
    durationMs: Math.round(performance.now() - began),
  };
}

interface Restored {
  readonly shape: SourceShape;
  readonly script: string;
}

async function dumpAndRestore(copying: Copying, snapshot: Snapshot, abort: AbortSignal): Promise<Restored> {
  const { clients, name, archive, claim, into, migration, progress } = copying;
  const shape = await readSourceShape(snapshot.holder);
  progress.stage('dump');
  await together(abort, [
    (signal) => dump(copying, snapshot, signal),
    (signal) => {
      // A statement that waits for a lock would outlast the abort.
      signal.addEventListener('abort', () => void into.close(), { once: true });
      return layGroundwork(into, migration, claim, shape);
    },
  ]);
  const onFiles = (args: readonly string[]): Promise<string> =>
    runProgram(clients, { program: 'pg_restore', args: [...args, archive], login: null, name }, abort);
  const lists = divideArchive(await onFiles(['--list']));
  const [restored, byMaster] = [`${archive}.restored`, `${archive}.by-master`];
  await Promise.all([writeFile(restored, lists.restored), writeFile(byMaster, lists.byMaster)]);
  const script = fitForTransaction(await onFiles(['--file=-', `--use-list=${byMaster}`]));
  progress.stage('restore');
  await restore(copying, restored, abort);
  return { shape, script };
}

async function dump(copying: Copying, snapshot: Snapshot, abort: AbortSignal): Promise<void> {
  const { clients, source, name, jobs, archive, progress } = copying;
  const args = [
    '--format=directory',
    `--jobs=${jobs}`,
    `--snapshot=${snapshot.id}`,
    `--file=${archive}`,
    '--exclude-schema=daybreak',
    '--no-publications',
    '--no-subscriptions',
    '--quote-all-identifiers',
    // Whoever alters a table keeps pg_dump waiting; it must not keep the application waiting behind pg_dump in turn.
    '--lock-wait-timeout=30000',
    '--compress=1',
    '--no-sync',
    '--verbose',
    databaseArgument(source),
  ];
  await runProgram(clients, { program: 'pg_dump', args, login: source, name }, abort, progress.onLine);
}

async function restore(copying: Copying, list: string, abort: AbortSignal): Promise<void> {
  const { clients, target, name, jobs, archive, claim, progress } = copying;
  const args = [
    '--format=directory',
    `--jobs=${jobs}`,
    `--use-list=${list}`,
    '--exit-on-error',
    '--no-owner',
    '--no-privileges',
    '--no-tablespaces',
    '--verbose',
    databaseArgument(target),
    archive,
  ];
  const settings = { role: claim.role };
  await runProgram(clients, { program: 'pg_restore', args, login: target, name, settings }, abort, progress.onLine);
}
