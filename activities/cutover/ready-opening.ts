import type { Attempt } from './attempt.ts';
import { openAhead, prepareOpening, type PreparedOpening } from './opening.ts';
import { holdOffVacuum } from './vacuum-hold.ts';

/** A session on the taking side that has nothing left to do but to open it; what it did until then is undone with it. */
export interface ReadyOpening extends AsyncDisposable {
  /** Begins its transaction, with locks that let rows be applied; see {@link holdOffVacuum}. */
  holdOffVacuum(): Promise<void>;
  /** What of the opening nobody has to wait for; see {@link openAhead}. */
  ahead(): Promise<void>;
  /** All else but the commit. Nobody may need a table of this side until then; see {@link prepareOpening}. */
  prepare(): Promise<PreparedOpening>;
}

/** If we freeze before the fence, the server lets go after this. */
const IDLE_LIMIT = '60s';

/** Logs in, so that nobody waits for that while clients are held. */
export async function readyOpening(attempt: Attempt): Promise<ReadyOpening> {
  const { clients, direction, handOver, name } = attempt;
  const login = direction === 'source-to-target' ? handOver.target : handOver.source;
  const session = await clients.openSession(login, { name });
  return {
    holdOffVacuum: async () => {
      await session.query(`SET idle_in_transaction_session_timeout = '${IDLE_LIMIT}'; BEGIN`);
      await holdOffVacuum(session);
    },
    ahead: () => openAhead(attempt, session),
    prepare: () => prepareOpening(attempt, session),
    [Symbol.asyncDispose]: async () => {
      // A session that cannot is gone, and so is what it had open. After the opening there is nothing to undo.
      await session.query('ROLLBACK').catch(() => undefined);
      await session.close();
    },
  };
}
