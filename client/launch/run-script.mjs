import { isAscii } from 'node:buffer';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';

/**
 * Runs a bundle made by `build`. Beside it lies what V8 made of it, once a process has come to its end: reading that takes a fraction of
 * what compiling millions of characters takes. V8 itself refuses what another version of it made, or was told to make otherwise.
 * @param {string} file
 */
export async function runScript(file) {
  const kept = `${file}.${process.version}`;
  const cachedData = existsSync(kept) ? readFileSync(kept) : undefined;
  const bytes = readFileSync(file);
  // Read as what it nearly always is, the text takes V8 half the memory and no decoding.
  const script = new Script(bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8'), {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData && { cachedData }),
  });
  if (!cachedData || script.cachedDataRejected) process.once('exit', () => keep(script, kept));
  const run = script.runInThisContext();
  await run(createRequire(file), file, dirname(file), pathToFileURL(file).href);
}

/**
 * At the end, when the functions that were called are compiled.
 * @param {Script} script
 * @param {string} kept
 */
function keep(script, kept) {
  const temporary = `${kept}.${process.pid}`;
  try {
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, kept);
  } catch {
    // A folder that cannot be written, or that is gone: the next start compiles anew, as this one did.
  }
}
