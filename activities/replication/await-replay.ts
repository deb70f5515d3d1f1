import bytes from 'bytes';
import { sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { failure } from '../failure.ts';
import { notYet } from '../rds/waiting.ts';

/**
 * One look at how far a read replica is behind its source, by their positions in the log. Throws `ResourceNotReady` (benign) with the lag in
 * words until it is within `maxLagBytes`; `ResourceFailed` where the target does not follow any more.
 */
export async function awaitReplay(
  clients: Pick<Clients, 'openSession' | 'pollIntervalMs'>,
  { migration, source, target, maxLagBytes }: Sides & { readonly maxLagBytes: number },
): Promise<{ readonly lagBytes: number }> {
  const name = sessionName(migration, 0);
  await using from = await clients.openSession(source, { name });
  await using to = await clients.openSession(target, { name });
  const [end] = await from.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
  const [row] = await to.query<{ follows: boolean; lag: string | null }>(
    'SELECT pg_is_in_recovery() AS follows, pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn())::bigint AS lag',
    [end?.lsn],
  );
  if (row?.follows !== true)
    throw failure('ResourceFailed', 'the target does not follow the source: it was promoted, or is no replica');
  if (row.lag === null) throw notYet('the replica has replayed nothing yet', clients.pollIntervalMs);
  const lagBytes = Math.max(0, Number(row.lag));
  if (lagBytes <= maxLagBytes) return { lagBytes };
  throw notYet(
    `the replica is ${inWords(lagBytes)} behind; wanted at most ${inWords(maxLagBytes)}`,
    clients.pollIntervalMs,
  );
}

const inWords = (amount: number): string => bytes(amount, { unitSeparator: ' ' }) ?? `${amount} B`;
