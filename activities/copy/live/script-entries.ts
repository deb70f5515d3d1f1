/** One object of an archive of pg_dump. */
export interface ArchiveEntry {
  /** Its number in the archive: unique, and in an order in which everything finds what it builds on. */
  readonly id: number;
  /** As `pg_restore --list` calls it: `INDEX`, `FK CONSTRAINT`, `MATERIALIZED VIEW DATA`, … */
  readonly kind: string;
  /** `class:oid` of its catalogue row on the source: pg_class is 1259, pg_constraint 2606, pg_statistic_ext 3381. */
  readonly row: string;
  readonly sql: string;
}

/** What comes before the first space-separated name; only these are told apart here. */
const KINDS = [
  'FK CONSTRAINT',
  'CHECK CONSTRAINT',
  'CONSTRAINT',
  'INDEX ATTACH',
  'INDEX',
  'STATISTICS',
  'MATERIALIZED VIEW DATA',
];

/** pg_restore --verbose writes this before the statements of every entry. */
const HEADER = /^--\n-- TOC entry (\d+) \(class \d+ OID \d+\)\n(?:-- .*\n)*--\n/gm;
const END = '\n--\n-- PostgreSQL database dump complete\n--\n';

/**
 * Divides the script `pg_restore --verbose --file=-` writes by its entries. `list`: lines of `pg_restore --list`, of these or more.
 * What the script sets for a session of its own, and psql's commands around it, are left out.
 * Throws if the script does not read like the list: text of an object must never be taken for an entry.
 */
export function scriptEntries(script: string, list: string): ArchiveEntry[] {
  const known = new Map(list.split('\n').flatMap(listed));
  const end = script.lastIndexOf(END);
  if (end < 0) throw new Error('pg_restore wrote a script without an end');
  const headers = [...script.slice(0, end).matchAll(HEADER)];
  const entries = headers.map((header, at) => {
    const id = Number(header[1]);
    const line = known.get(id);
    known.delete(id);
    if (line === undefined)
      throw new Error(`pg_restore wrote entry ${id}, which is not in its list, or wrote it twice`);
    const sql = script.slice(header.index + header[0].length, headers[at + 1]?.index ?? end);
    return { id, ...line, sql: withoutTimestamp(sql).trim() };
  });
  return entries.filter(({ sql }) => sql !== '');
}

/** Of a line `dump id; class oid KIND schema name owner`; null for its comments. */
function listed(line: string): [number, Pick<ArchiveEntry, 'kind' | 'row'>][] {
  const [, id, catalogue, oid, rest = ''] = /^(\d+); (\d+) (\d+) (.*)$/.exec(line) ?? [];
  if (id === undefined) return [];
  const kind = KINDS.find((name) => rest.startsWith(`${name} `)) ?? rest.split(' ', 1)[0] ?? '';
  return [[Number(id), { kind, row: `${catalogue}:${oid}` }]];
}

/** Stands before the end of a verbose script. */
const withoutTimestamp = (sql: string): string => sql.replace(/\n-- Completed on [^\n]*\n*$/, '\n');
