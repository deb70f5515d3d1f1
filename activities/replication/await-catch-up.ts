import bytes from 'bytes';
import { sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { failure } from '../failure.ts';
import { notYet } from '../rds/waiting.ts';
import { tablesInSync } from './feed-gaps.ts';
import { feeds, type Feed } from './feed.ts';
import { awaitSentinel, sendSentinel } from './sentinel.ts';
import { slotHealth } from './slot-health.ts';
import { workerHealth } from './worker-health.ts';

/**
 * One look at how far the target is behind. Throws `ResourceNotReady` (benign) with the lag in words until the apply worker lives, no
 * table is still being copied and the lag is within `maxLagBytes`; `CopyFailed` where the slot is gone or lost. `tripMs`: how long a
 * sentinel took just now from its commit on the source to its arrival on the target.
 */
export async function awaitCatchUp(
  clients: Pick<Clients, 'openSession' | 'pollIntervalMs'>,
  { migration, source, target, maxLagBytes }: Sides & { readonly maxLagBytes: number },
  abort: AbortSignal = new AbortController().signal,
): Promise<{ readonly lagBytes: number; readonly tripMs: number }> {
  const name = sessionName(migration, 0);
  const { forward } = feeds(migration);
  await using from = await clients.openSession(source, { name });
  await using to = await clients.openSession(target, { name });
  const [slot, worker, copying] = [
    await slotHealth(from, forward.name),
    await workerHealth(to, forward.name),
    await tablesInSync(to, forward.name),
  ];
  if (slot === null || slot.walStatus === 'lost')
    throw failure(
      'CopyFailed',
      `slot ${forward.name} on the source is ${slot === null ? 'gone' : 'lost'}: changes are missing for good`,
    );
  const lagBytes = slot.lagBytes ?? slot.retainedBytes;
  const trouble = [
    ...(worker.alive ? [] : ['its apply worker does not run']),
    ...(worker.errors === 0 ? [] : [`${worker.errors} apply errors so far, see the target's log`]),
    ...(copying.length === 0 ? [] : [`${copying.length} tables are still being copied`]),
  ];
  if (worker.alive && copying.length === 0 && lagBytes <= maxLagBytes)
    return { lagBytes, tripMs: await trip(from, to, forward, abort) };
  throw notYet(
    [`the target is ${inWords(lagBytes)} behind; wanted at most ${inWords(maxLagBytes)}`, ...trouble].join('; '),
    clients.pollIntervalMs,
  );
}

const inWords = (amount: number): string => bytes(amount, { unitSeparator: ' ' }) ?? `${amount} B`;

/** A change behind as much as was tolerated may take its time. */
const TRIP_LIMIT_MS = 30_000;

async function trip(source: Session, target: Session, { sentinel }: Feed, abort: AbortSignal): Promise<number> {
  const sent = await sendSentinel(source, sentinel);
  const began = performance.now();
  await awaitSentinel(target, sentinel, sent, { abort, limitMs: TRIP_LIMIT_MS });
  return Math.round(performance.now() - began);
}
