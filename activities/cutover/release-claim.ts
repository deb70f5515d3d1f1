import type { CustodyState } from '../../model/custody.ts';
import { sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { Login, Sides } from '../contract.ts';
import { failure } from '../failure.ts';
import { dropReplication } from '../replication/drop-replication.ts';
import { readCustodyRow } from './custody-store.ts';

/** What custody said on each side before; null: there is none to release. */
export interface Claim {
  readonly source: CustodyState | null;
  readonly target: CustodyState | null;
}

/**
 * Ends the claim of a run that is gone for good: replication, then schema `daybreak`, on the target before the source, so that what was
 * cut off is done again by the same command. What such a run still does finds no custody and changes nothing more. A target that gave
 * its writes back is kept as the hand-over left it, with its custody: its doors shut, its tables refusing writes. Throws
 * `CustodyHeldElsewhere` where a side is not as its claim left it: `whyNotReleased` says so before.
 */
export async function releaseClaim(
  clients: Clients,
  { migration, source, target }: Sides,
  claim: Claim,
): Promise<void> {
  await dropReplication(clients, { migration, source, target });
  if (claim.target === 'closed') await dropClaim(clients, { migration, login: target, state: claim.target });
  if (claim.source !== null) await dropClaim(clients, { migration, login: source, state: claim.source });
}

async function dropClaim(
  { openSession }: Clients,
  { migration, login, state }: { migration: string; login: Login; state: CustodyState },
): Promise<void> {
  await using session = await openSession(login, { name: sessionName(migration, 0) });
  await session.transaction(async () => {
    await session.query('SELECT FROM daybreak.custody FOR UPDATE');
    const held = await readCustodyRow(session);
    if (held?.migration !== migration || held.state !== state)
      throw failure(
        'CustodyHeldElsewhere',
        `custody is ${held?.state} under ${held?.migration}; wanted ${state} under ${migration} to release it`,
      );
    await session.query('SELECT daybreak.open_doors(doors) FROM daybreak.custody');
    await session.query('DROP SCHEMA daybreak CASCADE');
  });
}
