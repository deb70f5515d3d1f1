import type { Session } from '../../clients.ts';
import { keysInSteps } from './key-indexes.ts';
import type { ArchiveEntry } from './script-entries.ts';

/** What a dump has behind the rows, by when it is best done. */
export interface Arrangement {
  /** Right after a table's rows: first what constrains, one after the other, then indexes, side by side. */
  readonly constraints: readonly TableStatement[];
  /** Those among them that keys will be made of. */
  readonly indexes: readonly TableStatement[];
  /** Primary keys and unique constraints of indexes that are there. Absent from a blueprint of before there were such. */
  readonly keys?: readonly TableStatement[];
  /** When all tables have theirs: indexes of partitions join those of their parents. */
  readonly attachments: readonly ArchiveEntry[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Partitioned tables, quoted: ANALYZE of a root goes through its partitions. */
  readonly roots: readonly string[];
  /** At the very end, in this order: materialised views, triggers, rules, policies, comments. */
  readonly last: readonly ArchiveEntry[];
}

export interface TableStatement extends ArchiveEntry {
  /** OID of the table on the source. */
  readonly table: number;
}

export interface ForeignKey extends ArchiveEntry {
  /** Makes the constraint hold for the rows that are there, after it was made for new ones only; null: `sql` does both. */
  readonly validate: string | null;
}

/** `early`: indexes and constraints of partitioned tables, which cost nothing and are there before their partitions'. */
export interface Arranged {
  readonly early: readonly ArchiveEntry[];
  readonly later: Arrangement;
}

interface Place {
  /** As in {@link ArchiveEntry.row}. */
  readonly row: string;
  readonly table: number;
  readonly relkind: string;
}

/** The tables that indexes, constraints and extended statistics are of. */
const PLACES = `
SELECT p.class || ':' || p.oid AS row, p.of::int8::float8 AS table, c.relkind::text FROM (
  SELECT 1259 AS class, indexrelid AS oid, indrelid AS of FROM pg_index
  UNION ALL SELECT 2606, oid, conrelid FROM pg_constraint WHERE conrelid <> 0
  UNION ALL SELECT 3381, oid, stxrelid FROM pg_statistic_ext) p JOIN pg_class c ON c.oid = p.of WHERE p.oid >= 16384`;

const ROOTS = `
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'p' AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak') ORDER BY 1`;

/** Between ordinary tables only: a partitioned one takes no foreign key that is not valid at once. */
const VALIDATIONS = `
SELECT '2606:' || k.oid AS row, format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', n.nspname, c.relname, k.conname) AS validate
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class f ON f.oid = k.confrelid WHERE k.contype = 'f' AND k.convalidated AND c.relkind = 'r' AND f.relkind = 'r'`;

/** `entries`: of the archive's post-data section, in its order. `inside`: a session in the snapshot. */
export async function arrange(inside: Session, entries: readonly ArchiveEntry[]): Promise<Arranged> {
  const places = new Map((await inside.query<Place>(PLACES)).map((place) => [place.row, place]));
  const roots = await inside.query<{ name: string }>(ROOTS);
  const validations = await inside.query<{ row: string; validate: string }>(VALIDATIONS);
  const validate = new Map(validations.map((found) => [found.row, found.validate]));
  const steps = await keysInSteps(inside, entries);
  const timed = entries.map((entry) => ({ entry, time: timeOf(entry, places.get(entry.row)) }));
  const at = (time: Time): ArchiveEntry[] => timed.filter((each) => each.time === time).map(({ entry }) => entry);
  const placed = (found: readonly ArchiveEntry[]): TableStatement[] =>
    found.flatMap((entry) => {
      const place = places.get(entry.row);
      return place === undefined ? [] : [{ ...entry, table: place.table }];
    });
  const constraints = at('constraint');
  const keys = constraints.flatMap(({ row }) => steps.get(row) ?? []);
  return {
    early: at('early'),
    later: {
      constraints: placed(constraints.filter(({ row }) => !steps.has(row))),
      indexes: placed([...keys.map(({ index }) => index), ...at('index')]),
      keys: placed(keys.map(({ key }) => key)),
      attachments: at('attachment'),
      foreignKeys: at('foreign-key').map((entry) => foreignKey(entry, validate.get(entry.row) ?? null)),
      roots: roots.map(({ name }) => name),
      last: at('last'),
    },
  };
}

type Time = 'early' | 'constraint' | 'index' | 'attachment' | 'foreign-key' | 'last';

function timeOf({ kind }: ArchiveEntry, place: Place | undefined): Time {
  if (kind === 'INDEX ATTACH') return 'attachment';
  if (kind === 'FK CONSTRAINT') return 'foreign-key';
  if (!['CONSTRAINT', 'INDEX', 'STATISTICS'].includes(kind)) return 'last';
  if (place?.relkind === 'p') return 'early';
  if (place?.relkind !== 'r') return 'last';
  return kind === 'INDEX' ? 'index' : 'constraint';
}

const foreignKey = (entry: ArchiveEntry, validate: string | null): ForeignKey =>
  validate === null ? { ...entry, validate } : { ...entry, sql: entry.sql.replace(/;\s*$/, ' NOT VALID;'), validate };
