import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import type { CellResult } from './cell.ts';
import type { Surroundings } from './surroundings.ts';

/** A result with what it depends on. */
export interface Entry extends CellResult {
  /** When the cell ended: ISO 8601, UTC. */
  readonly at: string;
  readonly seconds: number;
  /** Processes that ran or waited for a core, on average over the last minute. */
  readonly load: number;
  readonly on: Surroundings;
  /** The protection that was taken out before; null for none. */
  readonly without: string | null;
}

/**
 * Results, one a line, each written as its cell ends: a run that is cut off loses the cells under way. A line that was cut off itself
 * is taken away.
 */
export function readResults(file: string): readonly Entry[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}

export const addResult = (file: string, entry: Entry): void => appendFileSync(file, `${JSON.stringify(entry)}\n`);
