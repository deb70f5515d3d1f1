import type { Session } from '../../clients.ts';

/** Runs a deed on a session that is lent to one borrower at a time, in the order they asked. */
export type Lend = <Result>(deed: (session: Session) => Promise<Result>) => Promise<Result>;

export function lend(session: Session): Lend {
  let last: Promise<unknown> = Promise.resolve();
  return (deed) => {
    const turn = last.then(() => deed(session));
    last = turn.catch(() => undefined);
    return turn;
  };
}
