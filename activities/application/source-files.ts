import { join } from 'node:path';
import { glob } from 'tinyglobby';
import type { SourceSwitch } from '../../model/plan-values.ts';
import { failure } from '../failure.ts';
import { replaceHost } from './host-text.ts';
import type { SwitchContext } from './switch.ts';
import { readTextFile, type TextFile } from './text-file.ts';

/** A file that names the old address, and how it reads with the new one. */
export interface Occurrence {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly file: TextFile;
  readonly after: string;
  readonly places: number;
}

/** What never is the application's own source, and our own patches. */
const LEFT_OUT = ['**/node_modules/**', '**/.git/**', '**/daybreak-????????.patch', '**/*.daybreak-????????*'];

/** Files that name the source, in the order of their names. Binary files, and texts that are not UTF-8, are left out. */
export async function findOccurrences({ root, include }: SourceSwitch, context: SwitchContext): Promise<Occurrence[]> {
  const paths = await glob(include, { cwd: root, ignore: LEFT_OUT, dot: true, followSymbolicLinks: false });
  const found: Occurrence[] = [];
  for (const path of paths.toSorted()) {
    const file = await readTextFile(join(root, path), 'pass-over');
    if (file === null) continue;
    const { text: after, places, withoutPort } = replaceHost(file.text, context.from, context.to);
    if (withoutPort > 0)
      throw failure(
        'SwitchFailed',
        `${join(root, path)}: names ${context.from.host} without a port ${withoutPort} times; wanted :${context.from.port} behind it, since the target's is ${context.to.port}`,
      );
    if (places > 0) found.push({ path, file, after, places });
  }
  return found;
}
