/** What stands when a snapshot is lost before all tables were copied from it. Names are quoted. */
export interface Loss<Table extends { readonly name: string }> {
  readonly tables: readonly Table[];
  readonly isDone: (table: Table) => boolean;
  /** What the publication carries now. */
  readonly published: readonly { readonly name: string; readonly rowSecurity: boolean }[];
  /** Tables that were altered or dropped since the snapshot. */
  readonly altered: ReadonlySet<string>;
}

/**
 * The tables that PostgreSQL's own table sync may bring after the others, which stay as they are; null: the copy begins anew. That is
 * cheaper where nothing is done yet, and has to be where a table that is left would not arrive whole or at all: one that the publication
 * lacks, one whose rows a policy would hide from the role that reads them, one of another form than the target's; and where the
 * publication carries a table the target does not have.
 */
export function restToSync<Table extends { readonly name: string }>({
  tables,
  isDone,
  published,
  altered,
}: Loss<Table>): readonly Table[] | null {
  const carried = new Map(published.map((table) => [table.name, table]));
  const known = new Set(tables.map(({ name }) => name));
  const left = tables.filter((table) => !isDone(table));
  const arrives = ({ name }: Table): boolean => carried.get(name)?.rowSecurity === false && !altered.has(name);
  const fits = left.length < tables.length && left.every(arrives) && published.every(({ name }) => known.has(name));
  return fits ? left : null;
}
