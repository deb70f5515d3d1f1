import type { Client } from 'pg';
import { openLane } from './database-lane.ts';
import { readLedger } from './ledger.ts';
import { ledgerFigures, type LedgerFigures } from './ledger-figures.ts';
import { askOwnName, serverName } from './server-name.ts';
import { countWhole, type SessionWrite } from './session-write.ts';

export type LedgerCheck = LedgerFigures & {
  /** Acknowledged writes that the database does not hold whole. */
  readonly writesLost: number;
  /** The same by the server that had acknowledged them. */
  readonly lostBy: Readonly<Record<string, number>>;
  /** `host:port` of the server that was asked. */
  readonly owner: string;
};

const BATCH = 5_000;
const LIMIT_MS = 30_000;

/**
 * Reads every acknowledged write back from the side that owns the data: the one the application's file names, provided it
 * takes writes. Counts, never assumes.
 * @throws Error when that side takes no writes, for then it does not own the data
 */
export async function checkLedger(options: {
  readonly ledger: string;
  readonly envFile: string;
  readonly caFile: string;
  /** How servers are known that are called otherwise in the ledger, because they were reached through a pooler. */
  readonly names?: Readonly<Record<string, string>>;
}): Promise<LedgerCheck> {
  const known = (name: string): string => options.names?.[name] ?? name;
  const entries = readLedger(options.ledger).map((entry) =>
    entry.by === null ? entry : { ...entry, by: known(entry.by) },
  );
  const lane = openLane({ ...options, limitMs: LIMIT_MS });
  try {
    return await lane.use(async (client, address) => {
      const owner = known(serverName(address, await askOwnName(client)));
      await client.query(TAKES_WRITES).catch((error: unknown) => {
        throw new Error(`${owner}, which ${options.envFile} names, takes no writes: it does not own the data`, {
          cause: error,
        });
      });
      const figures = ledgerFigures(entries);
      const lostBy: Record<string, number> = {};
      for (const server of figures.servers)
        lostBy[server] = await countLost(
          client,
          entries.filter(({ by }) => by === server),
        );
      return { ...figures, writesLost: Object.values(lostBy).reduce((sum, lost) => sum + lost, 0), lostBy, owner };
    });
  } finally {
    await lane.close();
  }
}

/** A write that changes nothing, yet is refused where writes are: by read-only mode, lost rights or a trigger. */
const TAKES_WRITES = `DELETE FROM assessment_sessions WHERE false`;

async function countLost(client: Client, writes: readonly SessionWrite[]): Promise<number> {
  let lost = 0;
  for (const batch of batches(writes)) lost += batch.length - (await countWhole(client, batch));
  return lost;
}

function* batches(entries: readonly SessionWrite[]): Generator<readonly SessionWrite[]> {
  for (let from = 0; from < entries.length; from += BATCH) yield entries.slice(from, from + BATCH);
}
