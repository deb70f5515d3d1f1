import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../model/digest.ts';
import type { Progress } from '../model/progress.ts';

export interface StoredDocument {
  readonly file: string;
  /** Whether its name is still the digest of what it says: what was approved is what lies here. */
  readonly intact: boolean;
  readonly document: object;
}

const ofRun = z.looseObject({ migration: z.string(), run: z.string(), createdAt: z.string().optional() });

/**
 * What a folder store keeps of a run, reports in the order they were made, then the outcome. `location` is where the last one lies, as
 * the worker sees it; null where this machine cannot read there.
 */
export async function readEvidence(
  location: string,
  { migration, run }: Pick<Progress, 'migration' | 'run'>,
): Promise<StoredDocument[] | null> {
  const folder = dirname(location);
  const names = await readdir(folder).catch((): string[] => []);
  if (!names.includes(basename(location))) return null;
  const read = names.filter((name) => /^sha256-[0-9a-f]+\.json$/.test(name)).map((name) => readOne(join(folder, name)));
  const found = (await Promise.all(read)).flatMap((one) => (one === null ? [] : [one]));
  return found
    .filter(({ document }) => document.migration === migration && document.run === run)
    .toSorted((one, other) => orderOf(one.document).localeCompare(orderOf(other.document)));
}

/** An outcome has no `createdAt`, and comes last. */
const orderOf = ({ createdAt = '9999' }: z.infer<typeof ofRun>): string => createdAt;

/** Null for what is none of our documents, or cannot be read. */
async function readOne(file: string): Promise<(StoredDocument & { document: z.infer<typeof ofRun> }) | null> {
  try {
    const document = ofRun.parse(JSON.parse(await readFile(file, 'utf8')));
    return { file, intact: basename(file) === `${digestOf(document).replace(':', '-')}.json`, document };
  } catch {
    return null;
  }
}
