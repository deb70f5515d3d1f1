import { ApplicationFailure } from '@temporalio/common';
import { sessionName } from '../../model/names.ts';
import { followsBack } from '../../model/strategy.ts';
import { checkHealth } from '../application/health.ts';
import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { readCustodyRow } from '../cutover/custody-store.ts';
import { failure } from '../failure.ts';
import { wayBackTrouble } from './way-back-trouble.ts';
import { wayBackVerdict } from './way-back-verdict.ts';

type SoakInput = Parameters<Activities['watchSoak']>[0];

/** A soak lasts a day: it is looked at this many times as rarely as AWS is while something is being made. */
const CALMER = 2;

/**
 * One look at the soak. Ends only when there is something else to tell a person than `known`; otherwise throws a benign
 * `ResourceNotReady`, so that a day of watching is one activity. What it says holds no changing figure: a number that moves
 * would wake somebody with every look.
 */
export async function watchSoak(
  clients: Clients,
  input: SoakInput,
  abort: AbortSignal,
): Promise<{ trouble: string | null; wayBack: string | null }> {
  const [found, ofWayBack] = await Promise.all([
    Promise.all([healthTrouble(input), targetTrouble(clients, input), sourceTrouble(clients, input)]),
    followed(clients, input, abort),
  ]);
  const trouble = joined([...found.flat(), ...ofWayBack]);
  if (trouble !== input.known) return { trouble, wayBack: joined(ofWayBack) };
  throw failure('ResourceNotReady', trouble ?? 'all is well', {
    benign: true,
    nextRetryDelayMs: clients.pollIntervalMs * CALMER,
  });
}

const joined = (lines: readonly string[]): string | null => (lines.length === 0 ? null : lines.join('; '));

const followed = async (clients: Clients, input: SoakInput, abort: AbortSignal): Promise<string[]> =>
  followsBack({ strategy: input.plan.strategy, feedsBack: input.feedsBack })
    ? telling(async () => {
        const troubles = (await wayBackTrouble(clients, input)).map(({ words }) => words);
        // What is not applied cannot be compared, and would only be waited for.
        return troubles.length > 0 ? troubles : wayBackVerdict(clients, input, abort);
      })
    : [];

const healthTrouble = ({ plan, target }: SoakInput): Promise<string[]> =>
  telling(async () => {
    await checkHealth(plan.verification.health, target, false);
    return [];
  });

const targetTrouble = (clients: Clients, { migration, target }: SoakInput): Promise<string[]> =>
  telling(async () => {
    await using session = await clients.openSession(target, { name: sessionName(migration, 0) });
    const custody = await readCustodyRow(session);
    return custody?.state === 'taken' ? [] : [`custody of the target is ${custody?.state ?? 'gone'}; wanted taken`];
  });

/** Whoever is connected to the fenced source still has the old address, and finds out when the source goes. */
const sourceTrouble = (clients: Clients, { migration, source }: SoakInput): Promise<string[]> =>
  telling(async () => {
    await using session = await clients.openSession(source, { name: sessionName(migration, 0) });
    const custody = await readCustodyRow(session);
    const users = await session.query<{ usename: string }>(
      `SELECT DISTINCT usename FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND application_name NOT LIKE 'daybreak/%'
          AND usename NOT IN (SELECT rolname FROM pg_roles WHERE rolsuper) ORDER BY usename`,
    );
    return [
      ...(custody?.state === 'given' ? [] : [`custody of the source is ${custody?.state ?? 'gone'}; wanted given`]),
      ...(users.length === 0
        ? []
        : [`still connected to the source: ${users.map(({ usename }) => usename).join(', ')}`]),
    ];
  });

/** What could not be looked at is trouble too, and no failure: the soak goes on. */
async function telling(look: () => Promise<string[]>): Promise<string[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ApplicationFailure) return [error.message];
    throw error;
  }
}
