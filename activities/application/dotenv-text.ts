import { failure } from '../failure.ts';

/** One assignment of a dotenv file: `start` to `end` is the value as written, quotes included. */
export interface Assignment {
  readonly start: number;
  readonly end: number;
  readonly written: string;
  /** The value without its quotes; escapes are left as they stand. */
  readonly content: string;
  readonly quote: '' | '"' | "'" | '`';
}

/**
 * Assignments one after the other, as the `dotenv` package and shells read them; quoted values may go over several lines, so a
 * line that looks like an assignment inside one is none. A comment after a value needs a blank before its `#`.
 */
const ASSIGNMENT =
  /^[ \t\uFEFF]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*('(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`|[^\r\n]*?)[ \t]*(?:(?<=[ \t=])#[^\r\n]*)?$/dgm;

/** The one assignment of `key`. Throws `SwitchFailed` where there is none, more than one, or one that can be read in two ways. */
export function findAssignment(path: string, text: string, key: string): Assignment {
  const found = [...text.matchAll(ASSIGNMENT)].filter((match) => match[1] === key);
  const [match] = found;
  const [start, end] = match?.indices?.[2] ?? [];
  if (start === undefined || end === undefined)
    throw failure('SwitchFailed', `${path}: found no ${key}; wanted it once, as ${key}=…`);
  if (found.length > 1)
    throw failure(
      'SwitchFailed',
      `${path}: found ${key} ${found.length} times; wanted it once, or nobody knows which counts`,
    );
  const written = text.slice(start, end);
  const quote = (/^(['"`])(?:\\\1|(?!\1)[^])*\1$/.exec(written)?.[1] ?? '') as Assignment['quote'];
  const content = quote === '' ? written : written.slice(1, -1);
  if (quote === '' && /['"`#\\]/.test(written))
    throw failure('SwitchFailed', `${path}: the value of ${key} can be read in two ways; wanted it in quotes`);
  return { start, end, written, content, quote };
}

/** The value as it is to be written in place of `old`: in the same quotes, or in double ones where it cannot stand without. */
export function writtenAs(content: string, { quote }: Assignment): string {
  const around = quote === '' && /[\s#&;<>()|*?!]/.test(content) ? '"' : quote;
  return `${around}${content}${around}`;
}

export const replaceAssignment = (text: string, { start, end }: Assignment, written: string): string =>
  text.slice(0, start) + written + text.slice(end);
