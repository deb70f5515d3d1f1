import type { OpenSession, Session } from '../../activities/clients.ts';
import { failure } from '../../activities/failure.ts';
import type { TrapOrder } from './trap.ts';

type CallDeed = Extract<TrapOrder['deed'], { kind: 'call' }>;

/** Sessions of which one call can be made to fail. */
export interface FailingCalls {
  readonly openSession: OpenSession;
  /** Counts calls from now on; `struck` is called as the one meant fails. */
  begin(deed: CallDeed, struck: () => void): void;
  /** The step is over: no call is meant any more. */
  end(): void;
}

export function failingCalls(openSession: OpenSession): FailingCalls {
  let pending: { readonly deed: CallDeed; readonly struck: () => void; left: number } | null = null;
  const call = async <Result>(make: () => Promise<Result>): Promise<Result> => {
    if (pending === null || (pending.left -= 1) > 0) return await make();
    const { deed, struck } = pending;
    pending = null;
    struck();
    if (deed.how === 'loses its answer') await make();
    throw failure('DatabaseUnreachable', `chaos: call ${deed.nth} ${deed.how}`);
  };
  const over = (session: Session): Session => ({
    ...session,
    query: (sql, values) => call(() => session.query(sql, values)),
    transaction: (deed) => call(() => session.transaction(deed)),
  });
  return {
    openSession: async (login, options) => over(await call(() => openSession(login, options))),
    begin: (deed, struck) => {
      pending = { deed, struck, left: deed.nth };
    },
    end: () => {
      pending = null;
    },
  };
}
