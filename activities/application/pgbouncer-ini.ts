import { failure } from '../failure.ts';
import type { Address } from './switch.ts';

/**
 * One line of the section `[databases]`: `start` to `end` is its connection string, right of the `=`. It may hold a password, so
 * nothing of it but the address is ever repeated. Format: PgBouncer's manual, pgbouncer.ini(5).
 */
export interface DatabaseLine {
  readonly start: number;
  readonly end: number;
  readonly written: string;
  readonly address: { readonly host: string | null; readonly port: number; readonly database: string };
}

const LINE = /[^\r\n]+/g;
const SECTION = /^[ \t\uFEFF]*\[([^\]]*)\]/;
const POOL = /^[ \t]*(?:"((?:[^"]|"")+)"|([\w.*-]+))[ \t]*=[ \t]*(.*?)[ \t]*$/d;
const PAIR = /([A-Za-z_]+)[ \t]*=[ \t]*(?:'((?:[^']|'')*)'|([^\s']*))/dg;
const DEFAULT_PORT = 5432;

/** The one line of pool `name`. Throws `SwitchFailed` where there is none, or more than one. */
export function findDatabaseLine(path: string, text: string, name: string): DatabaseLine {
  const found: DatabaseLine[] = [];
  let section = '';
  for (const match of text.matchAll(LINE)) {
    const [line] = match;
    section = SECTION.exec(line)?.[1] ?? section;
    const pool = section === 'databases' && !/^\s*[;#]/.test(line) ? POOL.exec(line) : null;
    const [start = 0, end = 0] = pool?.indices?.[3] ?? [];
    const written = pool?.[3] ?? '';
    if (pool !== null && nameOf(pool) === name)
      found.push({ start: match.index + start, end: match.index + end, written, address: addressOf(written, name) });
  }
  const [line] = found;
  if (line === undefined)
    throw failure('SwitchFailed', `${path}: found no ${name} in [databases]; wanted it there, as ${name} = host=…`);
  if (found.length > 1)
    throw failure(
      'SwitchFailed',
      `${path}: found ${name} ${found.length} times in [databases]; wanted it once, or nobody knows which counts`,
    );
  return line;
}

const nameOf = ([, quoted, plain]: RegExpExecArray): string => quoted?.replaceAll('""', '"') ?? plain ?? '';

function addressOf(written: string, name: string): DatabaseLine['address'] {
  const values = new Map([...written.matchAll(PAIR)].map((pair) => [pair[1], valueOf(pair)]));
  return {
    host: values.get('host') ?? null,
    port: Number(values.get('port') ?? DEFAULT_PORT),
    database: values.get('dbname') ?? name,
  };
}

const valueOf = ([, , quoted, plain]: RegExpMatchArray): string => quoted?.replaceAll(`''`, `'`) ?? plain ?? '';

/** The connection string with another address; everything else in it stays as it stands. */
export function readdressed(written: string, { host, port, database }: Address): string {
  const wanted = Object.entries({ host, port: String(port), dbname: database });
  return wanted.reduce((text, [key, value]) => {
    const pair = [...text.matchAll(PAIR)].find((each) => each[1] === key);
    const put = `${key}=${/^[\w.:-]+$/.test(value) ? value : `'${value.replaceAll(`'`, `''`)}'`}`;
    if (pair === undefined) return `${text} ${put}`.trimStart();
    return text.slice(0, pair.index) + put + text.slice(pair.index + pair[0].length);
  }, written);
}

export const isAt = (found: DatabaseLine['address'], wanted: Address): boolean =>
  found.host?.toLowerCase() === wanted.host.toLowerCase() &&
  found.port === wanted.port &&
  found.database === wanted.database;

export const placeWords = ({ host, port, database }: DatabaseLine['address']): string =>
  `${host ?? 'a Unix socket'}:${port}/${database}`;

/** A value of the section `[pgbouncer]` is asked from the running PgBouncer instead: the file may have changed since. */
export const replaceLine = (text: string, { start, end }: DatabaseLine, written: string): string =>
  text.slice(0, start) + written + text.slice(end);
