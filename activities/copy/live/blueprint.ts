import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clients, Session } from '../../clients.ts';
import type { Login } from '../../contract.ts';
import { failure } from '../../failure.ts';
import { divideArchive, fitForTransaction } from '../archive-list.ts';
import { databaseArgument, runProgram } from '../client-program.ts';
import { readSourceShape, type SourceShape } from '../source-shape.ts';
import { makeWorkingCopy } from '../working-copy.ts';
import { scriptEntries, type ArchiveEntry } from './script-entries.ts';
import { arrange, type Arrangement } from './arrangement.ts';
import { tablesToCopy, type TableToCopy } from './tables.ts';

/** All that a copy needs to know of the source, read once inside the snapshot: a later attempt goes on by it. */
export interface Blueprint extends Arrangement {
  readonly shape: SourceShape;
  /** Privileges, default privileges and event triggers. */
  readonly byMaster: string;
  /** Biggest first. */
  readonly tables: readonly TableToCopy[];
}

/** `before`: types, functions, tables, …, in one text; it is laid at once and kept nowhere. */
export interface ReadBlueprint {
  readonly blueprint: Blueprint;
  readonly before: string;
}

export interface BlueprintOrder {
  readonly migration: string;
  readonly source: Login;
  /** Id of the snapshot, and a session inside it. */
  readonly snapshot: string;
  readonly inside: Session;
  readonly name: string;
}

/** Throws `CopyFailed` where the source holds large objects: logical replication carries none of their changes. */
export async function readBlueprint(
  clients: Clients,
  order: BlueprintOrder,
  abort: AbortSignal,
): Promise<ReadBlueprint> {
  const { inside } = order;
  await refuseLargeObjects(inside);
  const [shape, tables] = [await readSourceShape(inside), await tablesToCopy(inside)];
  const { before, after, byMaster } = await readArchive(clients, order, abort);
  const arranged = await arrange(inside, after);
  const statements = [...before, ...arranged.early].map(({ sql }) => sql).join('\n\n');
  return { before: statements, blueprint: { ...arranged.later, shape, byMaster, tables } };
}

async function refuseLargeObjects(inside: Session): Promise<void> {
  const [found] = await inside.query<{ count: number }>('SELECT count(*)::int AS count FROM pg_largeobject_metadata');
  if (found === undefined || found.count === 0) return;
  throw failure(
    'CopyFailed',
    `found ${found.count} large objects, whose changes do not travel with the stream; wanted none, or strategy dump`,
  );
}

interface Archive {
  readonly before: readonly ArchiveEntry[];
  readonly after: readonly ArchiveEntry[];
  readonly byMaster: string;
}

async function readArchive(clients: Clients, order: BlueprintOrder, abort: AbortSignal): Promise<Archive> {
  await using work = await makeWorkingCopy(clients, order.migration);
  const archive = join(work.folder, 'schema');
  await dumpSchema(clients, order, archive, abort);
  const onFiles = (args: readonly string[]): Promise<string> =>
    runProgram(clients, { program: 'pg_restore', args: [...args, archive], login: null, name: order.name }, abort);
  const list = await onFiles(['--list']);
  const lists = divideArchive(list);
  const [restored, byMaster] = [`${archive}.restored`, `${archive}.by-master`];
  await Promise.all([writeFile(restored, lists.restored), writeFile(byMaster, lists.byMaster)]);
  const section = async (name: 'pre-data' | 'post-data'): Promise<ArchiveEntry[]> => {
    const how = ['--verbose', `--section=${name}`, '--no-owner', '--no-privileges', '--no-tablespaces'];
    return scriptEntries(await onFiles([...how, '--file=-', `--use-list=${restored}`]), list);
  };
  const [before, after, script] = await Promise.all([
    section('pre-data'),
    section('post-data'),
    onFiles(['--file=-', `--use-list=${byMaster}`]),
  ]);
  return { before, after, byMaster: fitForTransaction(script) };
}

async function dumpSchema(
  clients: Clients,
  { source, snapshot, name }: BlueprintOrder,
  archive: string,
  abort: AbortSignal,
): Promise<void> {
  const args = [
    '--format=custom',
    '--section=pre-data',
    '--section=post-data',
    `--snapshot=${snapshot}`,
    `--file=${archive}`,
    '--exclude-schema=daybreak',
    '--no-publications',
    '--no-subscriptions',
    '--quote-all-identifiers',
    // Whoever alters a table keeps pg_dump waiting; it must not keep the application waiting behind pg_dump in turn.
    '--lock-wait-timeout=30000',
    databaseArgument(source),
  ];
  await runProgram(clients, { program: 'pg_dump', args, login: source, name }, abort);
}
