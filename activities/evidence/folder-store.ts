import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import stringify from 'safe-stable-stringify';
import writeFileAtomic from 'write-file-atomic';
import { digestOf } from '../../model/digest.ts';
import type { EvidenceStore } from '../clients.ts';
import { failure } from '../failure.ts';

/**
 * A folder as evidence store. A document lies under the digest of its canonical JSON, and the file holds exactly that JSON: whoever
 * has an approval can check with `sha256sum` what was approved. Folder 0700, files 0600: reports name hosts and people.
 */
export const folderStore = (folder: string): EvidenceStore => ({
  put: async (digest, document) => {
    // A digest that is not the document's would file one report under the approval of another: that is a bug, not an environment's fault.
    if (digestOf(document) !== digest)
      throw new TypeError(`the document's digest is ${digestOf(document)}, not ${digest}`);
    const location = join(resolve(folder), `${digest.replace(':', '-')}.json`);
    const text = stringify(document) ?? '';
    try {
      if ((await stored(location)) === text) return { location };
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(location, text, { mode: 0o600 });
      return { location };
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
      throw failure('EvidenceUnwritable', `${location}: cannot be written: ${error.message}`, {
        code: String(error.code),
      });
    }
  },
});

/** What lies there already; null where nothing does. */
async function stored(location: string): Promise<string | null> {
  try {
    return await readFile(location, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  }
}
