import { isSameCell } from './cell.ts';
import type { Entry } from './results-file.ts';
import type { Surroundings } from './surroundings.ts';

/** Of each cell the result that counts: the last. */
export const latest = (entries: readonly Entry[]): readonly Entry[] =>
  entries.filter((entry, at) => !isRunAgain(entry, entries.slice(at + 1)));

/** Red, and green when it was run again. */
export function healed(entries: readonly Entry[]): readonly Entry[] {
  const greens = latest(entries).filter(({ faults }) => faults.length === 0);
  return entries.filter((entry) => entry.faults.length > 0 && isRunAgain(entry, greens));
}

const isRunAgain = (entry: Entry, later: readonly Entry[]): boolean =>
  later.some((other) => isSameCell(other, entry) && other.without === entry.without);

/** Surroundings with the cells that were run in them, in the order of their first. */
export function bySurroundings(entries: readonly Entry[]): readonly (readonly [Surroundings, readonly Entry[]])[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = JSON.stringify(entry.on);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [[group[0].on, group] as const]));
}
