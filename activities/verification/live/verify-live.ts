import { setTimeout as wait } from 'node:timers/promises';
import { replicationNames, sessionName } from '../../../model/names.ts';
import type { HandOverFacts } from '../../../model/progress.ts';
import type { Clients, Session } from '../../clients.ts';
import type { Login, Sides, VerifyFacts } from '../../contract.ts';
import { failure } from '../../failure.ts';
import { catalogueDrift } from '../../replication/catalogue-drift.ts';
import { withHashSessions } from '../hash-sessions.ts';
import { sameLargeObjects } from '../large-objects.ts';
import type { VerifySignals } from '../verify-copy.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { quotedName } from './changed-keys.ts';
import { byTable, keepFindings, namesOf, type TableFinding } from './findings-file.ts';
import { trackKeys, type KeyTracker } from './key-tracker.ts';
import type { Sight } from './look.ts';
import { comparePass, type MovingSides, type TableOutcome } from './moving-pass.ts';
import { requireFollowing } from './requirements.ts';
import { awaitApplied, settleUntil } from './settling.ts';
import { ensureTrackerSlot, takeOver } from './tracker-slot.ts';
import { awaitVisible } from './visible-commits.ts';

export interface VerifyLiveInput extends Sides {
  /** Which side has the writes: the giver of that direction. */
  readonly direction: HandOverFacts['direction'];
}

/** As many names as a person reads. */
const NAMED = 20;
/** A table that is emptied between the snapshots is compared again; one that is so each time has to wait for quiet. */
const PASSES = 8;

/**
 * Compares all rows of both sides while the giver is written and the taker follows it; makes the tracker's slot where it is absent
 * and leaves it at "verified up to". A difference is a finding, not an error: its keys go to {@link findingsFile} on this worker.
 * Throws `ResourceNotReady` where the taker does not follow yet, stops applying, or a table is emptied all the time, and on the way to the
 * target `VerificationFailed` where the schemas differ: on the way back what was added there must not keep people from going.
 */
export async function verifyLive(
  clients: Clients,
  { migration, source, target, direction }: VerifyLiveInput,
  { abort = new AbortController().signal, onTable = () => undefined }: VerifySignals = {},
): Promise<VerifyFacts> {
  const names = replicationNames(migration);
  const forth = direction === 'source-to-target';
  const [giver, taker] = forth ? [source, target] : [target, source];
  const [feed, slot, name] = [forth ? names.forward : names.reverse, names.tracker, sessionName(migration, 0)];
  const open = (login: Login) => (): Promise<Session> => clients.openSession(login, { name, statementTimeoutMs: 0 });
  const compared = await withHashSessions(open(giver), 1, abort, ([ours]) =>
    withHashSessions(open(taker), 1, abort, async ([theirs]) => {
      if (ours === undefined || theirs === undefined) throw new Error('two sides need two sessions');
      await requireFollowing(theirs, feed);
      if (forth) await requireSameSchema(ours, theirs, abort);
      await ensureTrackerSlot(ours, slot);
      let catalogue = await readCatalogue(ours, theirs);
      const keyOf = (table: string): readonly string[] | null => catalogue.get(table)?.key?.columns ?? null;
      await using tracker = await takeOver(ours, slot, (start) =>
        trackKeys(clients, { login: giver, name, slot, publication: feed, start, keyOf }),
      );
      await awaitVisible(ours, { abort });
      const start = tracker.changes.position;
      const sight: Sight = { giver: ours, taker: theirs, feed };
      const refresh = async (): Promise<MovingSides> => {
        catalogue = await readCatalogue(ours, theirs);
        return { clients, giver, taker, name, tracker, sight, catalogue, abort };
      };
      await awaitApplied({ sight, tracker, catalogue }, start, abort);
      return await compareAll(refresh, onTable);
    }),
  );
  await keepFindings(clients, migration, compared.findings);
  return compared.facts;
}

/** Whoever makes a partition on both sides makes it on one first. */
const DRIFT_LOOKS = 3;
const BETWEEN_LOOKS_MS = 1_000;

async function requireSameSchema(giver: Session, taker: Session, abort: AbortSignal): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    const drift = await catalogueDrift(giver, taker);
    if (drift.length === 0) return;
    if (looks === DRIFT_LOOKS)
      throw failure(
        'VerificationFailed',
        `the schemas of both sides differ, in ${drift.length} places: ${drift.slice(0, NAMED).join('; ')}`,
      );
    await wait(BETWEEN_LOOKS_MS, undefined, { signal: abort });
  }
}

interface Compared {
  readonly facts: VerifyFacts;
  readonly findings: readonly TableFinding[];
}

async function compareAll(
  refresh: () => Promise<MovingSides>,
  onTable: (done: number, of: number) => void,
): Promise<Compared> {
  const outcomes = await passes(refresh, onTable);
  const sides = await refresh();
  const { until } = outcomes;
  const keys = await settleUntil(sides, until, sides.abort);
  const findings = [
    ...outcomes.done
      .filter(({ outcome }) => outcome === 'differs')
      .map(({ compared: { schema, table }, found }) => ({ schema, table, keys: found.keys })),
    ...byTable(keys, sides.catalogue),
    ...(await largeObjects(sides.sight)),
  ];
  const differing = namesOf(findings);
  const facts = {
    tables: outcomes.done.length,
    rows: Number(outcomes.done.reduce((sum, { rows }) => sum + rows, 0n)),
    differing: differing.slice(0, NAMED),
    differences: differing.length,
  };
  return { facts, findings };
}

/** Compares until every table was found equal, or was found to differ twice. */
async function passes(refresh: () => Promise<MovingSides>, onTable: (done: number, of: number) => void) {
  const done = new Map<string, TableOutcome>();
  const suspects = new Set<string>();
  let until = 0n;
  for (let pass = 0; pass < PASSES; pass += 1) {
    const sides = await refresh();
    forgetDropped(sides.tracker, sides.catalogue);
    await awaitApplied(sides, until, sides.abort);
    const left = [...sides.catalogue.values()].filter((table) => !done.has(quotedName(table)));
    let told = done.size;
    const result = await comparePass(sides, left, () => onTable((told += 1), sides.catalogue.size));
    until = result.until;
    for (const outcome of result.outcomes) {
      const name = quotedName(outcome.compared);
      // A table dropped or altered beside the comparison differs once and not again.
      const again = outcome.outcome === 'unquiet' || (outcome.outcome === 'differs' && !suspects.has(name));
      if (outcome.outcome === 'differs') suspects.add(name);
      if (!again) done.set(name, outcome);
    }
    if (left.every((table) => done.has(quotedName(table)))) return { done: [...done.values()], until };
  }
  const sides = await refresh();
  const names = [...sides.catalogue].filter(([name]) => !done.has(name)).map(([name]) => name);
  throw failure(
    'ResourceNotReady',
    `${names.slice(0, NAMED).join(', ')}: emptied or changed beyond memory in each of ${PASSES} comparisons; wanted a moment of quiet`,
  );
}

/** What the giver no longer has cannot be looked at; that a side has a table the other lacks is seen by itself. */
function forgetDropped({ changes }: KeyTracker, catalogue: Catalogue): void {
  for (const name of changes.pending.keys())
    if ((catalogue.get(name)?.giver ?? null) === null) changes.settleBefore(name, changes.position);
}

async function largeObjects({ giver, taker }: Sight): Promise<TableFinding[]> {
  const equal = await sameLargeObjects(giver, taker);
  return equal ? [] : [{ schema: 'pg_catalog', table: 'pg_largeobject', keys: [] }];
}
