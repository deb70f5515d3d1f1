import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { shortId } from '../../../model/names.ts';
import type { Clients } from '../../clients.ts';
import type { Catalogue, ComparedTable } from './catalogue.ts';
import type { ChangedKey } from './look.ts';

/** Of one table: keys whose rows differ, as JSON arrays of texts. */
export interface TableFinding {
  readonly schema: string;
  readonly table: string;
  readonly keys: readonly string[];
}

/** Where the keys of differing rows lie, on the worker that compared: a key may say who a person is, so nobody else may read it. */
export const findingsFile = (clients: Pick<Clients, 'scratch'>, migration: string): string =>
  join(clients.scratch, shortId(migration), 'differing-keys.jsonl');

/** One line of JSON a key; replaces what an earlier comparison found, and leaves no file where nothing differs. */
export async function keepFindings(
  clients: Pick<Clients, 'scratch'>,
  migration: string,
  findings: readonly TableFinding[],
): Promise<void> {
  const path = findingsFile(clients, migration);
  const lines = findings.flatMap(({ schema, table, keys }) =>
    keys.map((key) => `${JSON.stringify({ schema, table, key: JSON.parse(key) as unknown })}\n`),
  );
  if (lines.length === 0) return rm(path, { force: true });
  await mkdir(join(clients.scratch, shortId(migration)), { recursive: true, mode: 0o700 });
  await writeFileAtomic(path, lines.join(''), { mode: 0o600 });
}

/** Sorted, each once. */
export const namesOf = (findings: readonly TableFinding[]): readonly string[] =>
  [...new Set(findings.map(({ schema, table }) => `${schema}.${table}`))].toSorted();

export function byTable(keys: readonly ChangedKey[], catalogue: Catalogue): TableFinding[] {
  const tables = new Map<ComparedTable, string[]>();
  for (const { table, key } of keys) {
    const compared = catalogue.get(table);
    if (compared === undefined) continue;
    const found = tables.get(compared) ?? [];
    found.push(key);
    tables.set(compared, found);
  }
  return [...tables].map(([{ schema, table }, found]) => ({ schema, table, keys: found }));
}
