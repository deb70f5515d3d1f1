import { sessionName } from '../../model/names.ts';
import { decideRescue, type Rescue, type SideCustody } from '../../model/rescue.ts';
import type { Clients, Session } from '../clients.ts';
import type { HandOver, Login } from '../contract.ts';
import { claimGiver } from './attempt.ts';
import { readCustodyRow, readTargetRow } from './custody-store.ts';
import { endHandOver, type End } from './end-hand-over.ts';

/** What rescue finds and would do; custody alone decides, no run is asked. */
export interface RescuePlan {
  readonly source: SideCustody | null;
  readonly target: SideCustody | null;
  readonly rescue: Rescue;
}

type RescueInput = Omit<HandOver, 'handOver' | 'expiresAt'>;

export async function planRescue(clients: Clients, { migration, ...sides }: RescueInput): Promise<RescuePlan> {
  const read = async (login: Login, row: (session: Session) => Promise<SideCustody | null>) => {
    await using session = await clients.openSession(login, { name: sessionName(migration, 0) });
    return await row(session);
  };
  // A target that is gone, or never was, must not keep the source closed.
  const [source, target] = await Promise.all([
    read(sides.source, readCustodyRow),
    read(sides.target, readTargetRow).catch(() => null),
  ]);
  return { source, target, rescue: decideRescue(source, target) };
}

/** Does it, under a token above every attempt's so far: what one of those still does is refused. */
export async function doRescue(clients: Clients, input: RescueInput, found: RescuePlan): Promise<End> {
  const { rescue, source, target } = found;
  if (rescue.kind === 'nothing') return 'untouched';
  await using held = await claimGiver({
    clients,
    handOver: { ...input, handOver: rescue.handOver, expiresAt: null },
    direction: rescue.giver === 'source' ? 'source-to-target' : 'target-to-source',
    token: Math.max(source?.token ?? 0, target?.token ?? 0) + 1,
    abort: new AbortController().signal,
    onStep: () => undefined,
  });
  return await endHandOver(held);
}
