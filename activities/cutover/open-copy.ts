import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import { isStandby } from '../postgres/is-standby.ts';
import type { GiverHeld } from './attempt.ts';
import { takeOverCopy } from './take-over-copy.ts';
import { untilReady } from './until-ready.ts';

/** Logs in to the copy once it takes writes, and takes it over for this hand-over. Answers the taking side's session. */
export async function openCopy(held: GiverHeld): Promise<Session> {
  const { clients, handOver, name, token } = held;
  const { target, migration } = handOver;
  const session = await untilReady(held, async () => {
    const opened = await clients.openSession(target, { name });
    try {
      await demandWritable(opened);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  });
  try {
    await takeOverCopy(clients, target, session, { migration, behind: { handOver: handOver.handOver, token } });
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** An endpoint may lead to a server that is about to become a writer, though AWS calls it one. */
async function demandWritable(session: Session): Promise<void> {
  if (await isStandby(session)) throw failure('ResourceNotReady', 'the promoted copy still follows', { benign: true });
}
