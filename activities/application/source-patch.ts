import {
  applyPatch,
  FILE_HEADERS_ONLY,
  formatPatch,
  parsePatch,
  reversePatch,
  structuredPatch,
  type StructuredPatch,
} from 'diff';
import { failure } from '../failure.ts';

/** What a patch says about one file; `path` is relative to the switch's root. */
export interface FilePatch {
  readonly path: string;
  readonly patch: StructuredPatch;
}

/** A unified diff as `git apply` and `patch -p1` read it. */
export const writePatch = (files: readonly { path: string; before: string; after: string }[]): string =>
  files
    .map(({ path, before, after }) =>
      formatPatch(structuredPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined), FILE_HEADERS_ONLY),
    )
    .join('');

export function readPatch(name: string, text: string): FilePatch[] {
  return parsed(name, text).map((patch) => {
    const path = patch.oldFileName?.replace(/^a\//, '') ?? '';
    if (path === '' || path.startsWith('/') || path.split('/').includes('..'))
      throw failure('SwitchFailed', `${name}: names the file "${path}"; wanted paths inside the switch's root`);
    return { path, patch };
  });
}

function parsed(name: string, text: string): StructuredPatch[] {
  try {
    return parsePatch(text);
  } catch (error) {
    throw failure('SwitchFailed', `${name}: is no patch any more (${String(error)}); wanted it as staged`);
  }
}

/** Every line as it stands: no other place, no other line ends, no context that differs. */
const EXACT = { fuzzFactor: 0, autoConvertLineEndings: false } as const;

/** The text with the patch; null where it does not fit. */
export const patched = (text: string, { patch }: FilePatch): string | null => applied(text, patch);
/** The text as it was before the patch; null where that cannot be told. */
export function unpatched(text: string, { patch }: FilePatch): string | null {
  const before = applied(text, reversePatch(patch));
  return before !== null && applied(before, patch) === text ? before : null;
}

function applied(text: string, patch: StructuredPatch): string | null {
  const result = applyPatch(text, patch, EXACT);
  return result === false ? null : result;
}
