import { readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { failure } from '../failure.ts';

/** A text file with what has to survive a replacement. */
export interface TextFile {
  /** Without symbolic links: what is replaced is the file, not a link to it. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Null where there is none. What is no text in UTF-8 could not be written back unharmed: it is refused with `SwitchFailed`, or passed
 * over like a file that is not there.
 */
export async function readTextFile(
  path: string,
  otherwise: 'refuse' | 'pass-over' = 'refuse',
): Promise<TextFile | null> {
  try {
    const real = await realpath(path);
    const [bytes, facts] = [await readFile(real), await stat(real)];
    const text = bytes.toString('utf8');
    const isText = !text.includes('\0') && Buffer.from(text, 'utf8').equals(bytes);
    if (!isText && otherwise === 'pass-over') return null;
    if (!isText)
      throw failure('SwitchFailed', `${path}: not a text in UTF-8; wanted one that can be written back unharmed`);
    return { path: real, text, mode: facts.mode & 0o7777, uid: facts.uid, gid: facts.gid };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw fileFailure(path, 'be read', error);
  }
}

/** Owner of a folder, for new files in it. */
export async function folderOwner(path: string): Promise<{ uid: number; gid: number }> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    throw fileFailure(path, 'be read', error);
  }
}

/** Writes a new file beside, with mode and owner of `like`; refuses if the worker may not give it that owner. */
export async function writeBeside(path: string, text: string, like: Omit<TextFile, 'path' | 'text'>): Promise<void> {
  const { mode, uid, gid } = like;
  try {
    await writeFileAtomic(path, text, { mode, chown: { uid, gid } });
    const made = await stat(path);
    if (made.uid === uid && made.gid === gid && (made.mode & 0o7777) === mode) return;
  } catch (error) {
    throw fileFailure(path, 'be written', error);
  }
  await rm(path, { force: true });
  throw failure(
    'SwitchFailed',
    `${path}: the worker (user ${process.getuid?.()}) may not write files of owner ${uid}:${gid} and mode ${mode.toString(8)}; ` +
      'wanted that owner kept, else the application could no longer read its file: run the worker as that user',
  );
}

/**
 * Replaces in one step: whoever reads sees the old text or the new one. `next` is where the new one is prepared, beside it; where
 * {@link writeBeside} has put it there before, nobody waits for the disk now.
 */
export async function replaceText(file: TextFile, text: string, next: string, signal: AbortSignal): Promise<void> {
  if (!(await isPrepared(next, text, file))) await writeBeside(next, text, file);
  const now = await readTextFile(file.path);
  if (signal.aborted || now?.text !== file.text) {
    await rm(next, { force: true });
    throw failure('SwitchFailed', `${file.path}: somebody else wrote it at this moment; wanted it untouched meanwhile`);
  }
  try {
    await rename(next, file.path);
  } catch (error) {
    throw fileFailure(file.path, 'be replaced', error);
  }
  const written = await readTextFile(file.path);
  if (written?.text !== text) throw failure('SwitchFailed', `${file.path}: reads otherwise than it was just written`);
}

async function isPrepared(next: string, text: string, { mode, uid, gid }: TextFile): Promise<boolean> {
  const found = await readTextFile(next, 'pass-over');
  return found?.text === text && found.mode === mode && found.uid === uid && found.gid === gid;
}

/** Removes every file that begins with `prefix`, half-written ones of a killed worker included; says whether there was one. */
export async function removeBeginningWith(prefix: string): Promise<boolean> {
  const folder = dirname(prefix);
  try {
    const ours = (await readdir(folder)).filter((name) => name.startsWith(basename(prefix)));
    for (const name of ours) await rm(join(folder, name), { force: true });
    return ours.length > 0;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw fileFailure(prefix, 'be removed', error);
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Node's own message names the path and the system's reason; nothing of the content. */
function fileFailure(path: string, deed: string, error: unknown): Error {
  if (!(error instanceof Error) || !('code' in error)) return error instanceof Error ? error : new Error(String(error));
  return failure('SwitchFailed', `${path}: cannot ${deed}: ${error.message}`, { code: String(error.code) });
}
