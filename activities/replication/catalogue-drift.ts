import type { Session } from '../clients.ts';
import { serverMajor } from '../postgres/server-major.ts';
import { catalogueFacts, type CatalogueFact } from './catalogue-facts.ts';

/**
 * What the schemas of both sides do not have alike, a line each in words, with the remedy; none is what is wanted. Nothing of this
 * travels by logical replication: a column that only the giver has stops the feed at the next change of its table, a default or an
 * index would silently be missing after the cutover. Both sessions outside a transaction; neither waits for locks. Of sides of
 * different major versions source texts (defaults, views, checks) are not compared, for the server words them otherwise.
 */
export async function catalogueDrift(giver: Session, taker: Session): Promise<readonly string[]> {
  const [ours, theirs] = await Promise.all([serverMajor(giver), serverMajor(taker)]);
  const same = ours === theirs;
  const [given, taken] = await Promise.all([catalogueFacts(giver, same), catalogueFacts(taker, same)]);
  return driftLines(given, taken);
}

/** Pure: the comparison itself. */
export function driftLines(given: readonly CatalogueFact[], taken: readonly CatalogueFact[]): readonly string[] {
  const [ours, theirs] = [byName(given), byName(taken)];
  return [
    ...missing(given, theirs).map((fact) => `${words(fact)} is only on the side that writes: ${remedyFor(fact)}`),
    ...missing(taken, ours).map(
      (fact) =>
        `${words(fact)} is only on the side that follows: it was dropped, renamed or detached where the writes are; do the same there`,
    ),
    ...given.flatMap((fact) => {
      const other = theirs.get(keyOf(fact));
      return other === undefined ? [] : differing(fact, other);
    }),
  ];
}

const REMEDY = 'make the same change there';
function differing(ours: CatalogueFact, theirs: CatalogueFact): string[] {
  if (ours.said !== theirs.said)
    return [
      `${bare(ours)} is ${quoted(ours)} on the side that writes and ${quoted(theirs)} on the side that follows: ${REMEDY}`,
    ];
  return ours.text === theirs.text ? [] : [`${bare(ours)} is not worded alike on both sides: ${REMEDY}`];
}

/** A table's columns, indexes and so on are missing with it and not named again. */
function missing(facts: readonly CatalogueFact[], others: ReadonlyMap<string, CatalogueFact>): CatalogueFact[] {
  const absent = facts.filter((fact) => !others.has(keyOf(fact)));
  const whole = new Set(absent.filter(({ name, of }) => name === of).map(({ name }) => name));
  return absent.filter(({ name, of }) => name === of || !whole.has(of));
}

const HOW = 'docs/operating.md, "Tables and partitions made mid-way"';

function remedyFor({ kind }: CatalogueFact): string {
  if (kind === 'partition') return `make the same partition on the other side and let the feed take it up (${HOW})`;
  if (kind === 'table')
    return `drop it until the migration is over, or make the same on the other side and let the feed take it up (${HOW})`;
  return 'make the same change on the other side, or take it back';
}

const byName = (facts: readonly CatalogueFact[]): ReadonlyMap<string, CatalogueFact> =>
  new Map(facts.map((fact) => [keyOf(fact), fact]));
/** A table attached as a partition meanwhile is the same table. */
const keyOf = ({ kind, name }: CatalogueFact): string => JSON.stringify([kind === 'partition' ? 'table' : kind, name]);
const bare = ({ kind, name }: CatalogueFact): string => `${kind} ${name}`;
const words = (fact: CatalogueFact): string => (fact.said === '' ? bare(fact) : `${bare(fact)} (${fact.said})`);
const quoted = ({ kind, said }: CatalogueFact): string => (said === '' ? `a plain ${kind}` : said);
