import { fingerprintTable } from '../fingerprint.ts';
import type { Catalogue } from './catalogue.ts';
import { byTable, namesOf, type TableFinding } from './findings-file.ts';
import type { KeyTracker } from './key-tracker.ts';
import { changedBefore, compareKeys, type Sight } from './look.ts';

export interface FenceFacts {
  /** Keys compared behind the fence. */
  readonly keys: number;
  /** Tables compared as a whole: emptied by TRUNCATE, or changed beyond memory, since they were last compared. */
  readonly wholeTables: number;
  /** Names of tables that differ; their keys are in `findingsFile`. */
  readonly differing: readonly string[];
}

/** Compares all that is pending on two sides that do not move; what is equal is settled. */
export async function compareRest(
  sight: Sight,
  catalogue: Catalogue,
  { changes }: KeyTracker,
): Promise<{ readonly facts: FenceFacts; readonly findings: readonly TableFinding[] }> {
  const end = changes.position;
  const wholes = [...changes.pending].filter(([, { whole }]) => whole !== null);
  const findings: TableFinding[] = [];
  for (const [name, { schema, table }] of wholes)
    if (await equalAsWhole(sight, catalogue, name)) changes.settleBefore(name, end);
    else findings.push({ schema, table, keys: [] });
  const rest = changedBefore(changes, end, { limit: Infinity });
  const differing = await compareKeys(sight, catalogue, changes, rest);
  findings.push(...byTable(differing, catalogue));
  const keys = [...rest.values()].reduce((sum, list) => sum + list.length, 0);
  return { facts: { keys, wholeTables: wholes.length, differing: namesOf(findings) }, findings };
}

async function equalAsWhole(sight: Sight, catalogue: Catalogue, name: string): Promise<boolean> {
  const { giver = null, taker = null } = catalogue.get(name) ?? {};
  // Dropped on both sides since: nothing is left that could differ.
  if (giver === null || taker === null) return giver === taker;
  const [ours, theirs] = await Promise.all([
    fingerprintTable(sight.giver, giver),
    fingerprintTable(sight.taker, taker),
  ]);
  return ours.rows === theirs.rows && ours.hash === theirs.hash;
}
