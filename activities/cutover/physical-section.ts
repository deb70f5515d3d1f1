import { together } from '../together.ts';
import type { Clients, Session } from '../clients.ts';
import type { Login } from '../contract.ts';
import { failure } from '../failure.ts';
import { fingerprintAll, type Fingerprint } from '../verification/fingerprint.ts';
import { withHashSessions } from '../verification/hash-sessions.ts';
import { syncSequences } from '../verification/sequences.ts';
import { compare } from '../verification/verify-copy.ts';
import { step, type Attempt, type GiverHeld } from './attempt.ts';
import { armsWayBack, armWayBack, seeWayBack } from './arm-way-back.ts';
import { commitHandOver, type Verified } from './commit.ts';
import { behindDurableFence } from './durable-fence.ts';
import { endClientSessions, endClientsLeft } from './fence.ts';
import type { GiversSection } from './hand-over.ts';
import { openCopy } from './open-copy.ts';
import { openTaker } from './opening.ts';
import { throwSwitches } from './throw-switches.ts';

/** Makes the target a server of its own that holds everything the source had behind its fence. */
export type Arrival = (inside: GiverHeld) => Promise<void>;

/**
 * The fenced section of strategies that copy the source's files. The copy carries the fence itself: its custody row must be fenced by this very
 * hand-over under this very token, which proves that it was made behind it; only then is the row made the target's own.
 */
export const physicalSection =
  (arrive: Arrival): GiversSection =>
  async (held) => {
    let taker: Session | null = null;
    try {
      await behindDurableFence(held, async (inside, lock) => {
        const prints = await printsWhileItArrives(inside, arrive);
        taker = await step(inside, 'take over the copy', () => openCopy(inside));
        const attempt: Attempt = { ...inside, taker };
        await step(attempt, 'end clients of the copy', () => endClientSessions(attempt.taker, attempt.name));
        const verified = await step(attempt, 'verify every row', () => verify(attempt, prints));
        await step(attempt, 'sequences', () => syncSequences(attempt.giver, attempt.taker, attempt.token));
        if (armsWayBack(attempt)) await step(attempt, 'arm the way back', () => armWayBack(attempt));
        await step(attempt, 'switch', () => throwSwitches(attempt));
        await step(attempt, 'commit', () => commitHandOver(attempt, lock, verified));
        const open: Attempt = { ...attempt, abort: held.abort };
        await step(open, 'open', () => openTaker(open));
        await endClientsLeft(open);
        if (armsWayBack(open)) await step(open, 'see the way back', () => seeWayBack(open));
      });
    } finally {
      await (taker as Session | null)?.close();
    }
  };

/** The source stands still: its rows are hashed in the time its copy takes. */
async function printsWhileItArrives(inside: GiverHeld, arrive: Arrival): Promise<Fingerprint[]> {
  const { clients, giverLogin, name, handOver } = inside;
  const [prints] = await together<[Fingerprint[], void]>(inside.abort, [
    (abort) => fingerprints(clients, giverLogin, { name, jobs: handOver.plan.copy.jobs, abort }),
    (abort) => arrive({ ...inside, abort }),
  ]);
  return prints;
}

async function verify({ clients, handOver, name, abort }: Attempt, wanted: readonly Fingerprint[]): Promise<Verified> {
  const { target, plan } = handOver;
  const found = await fingerprints(clients, target, { name, jobs: plan.copy.jobs, abort });
  const { differences, differing, tables, rows } = compare(wanted, found);
  if (differences > 0)
    throw failure('VerificationFailed', `${differences} tables differ: ${differing.join(', ')}; wanted none`);
  return { tables, rows, writesLost: 0 };
}

interface Hashing {
  readonly name: string;
  readonly jobs: number;
  readonly abort: AbortSignal;
}

const fingerprints = (clients: Clients, login: Login, { name, jobs, abort }: Hashing): Promise<Fingerprint[]> =>
  withHashSessions(
    () => clients.openSession(login, { name, statementTimeoutMs: 0 }),
    jobs,
    abort,
    (sessions) => fingerprintAll(sessions),
  );
