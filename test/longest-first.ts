import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Seconds each file took in a whole run, by its name from the root; `node .ci/durations.mjs` writes them. Vitest itself knows durations
 * only from an earlier run, which a fresh clone has not had.
 */
export const DURATIONS = JSON.parse(readFileSync(new URL('durations.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, number>
>;

/**
 * The files that take longest first: one that is started last would run alone while the other cores idle. So a file nobody has
 * measured yet comes before all others, in the order given.
 */
export const longestFirst = (files: readonly string[], durations = DURATIONS): string[] =>
  files.toSorted((one, other) => (durations[other] ?? Infinity) - (durations[one] ?? Infinity) || 0);

/** A class, for so vitest wants it. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = `${this.ctx.config.root}/`;
    const byName = new Map(files.map((file) => [file.moduleId.replace(root, ''), file]));
    return longestFirst([...byName.keys()]).flatMap((name) => byName.get(name) ?? []);
  }
}
