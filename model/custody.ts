/**
 * Custody: one row in schema `daybreak` on each side that says who may write. Pure: `activities/cutover/custody-store.ts`
 * runs exactly these deeds, each in one transaction that locks the row. The property test in `test/model/custody.test.ts`
 * explores every interleaving of competing attempts and finds never two writers.
 *
 * A hand-over goes from a giver to a taker; the cutover gives from source to target, the rollback from target to source:
 *
 *     giver   open|taken ──fence──▶ fenced ──give──▶ given        taker   closed|given ──take──▶ taken
 *                           ▲         │
 *                           └─giveBack┘ (also by the server's own clock, past the deadline)
 */
export type CustodyState = 'open' | 'taken' | 'fenced' | 'given' | 'closed';

export interface Custody {
  readonly state: CustodyState;
  /** What `fenced` returns to when writes are given back. */
  readonly before: 'open' | 'taken' | null;
  /** The highest attempt that claimed this side; see {@link raise}. */
  readonly token: number;
  /** The hand-over that fenced last; a given-back one may not fence again. */
  readonly handOver: string | null;
  /** Until when the fence may be held and the commit may happen, in ms since the epoch on that side's clock. */
  readonly deadlineMs: number | null;
}

export type Refusal =
  'token-outdated' | 'not-writable' | 'not-fenced' | 'past-deadline' | 'already-given-back' | 'not-takeable';
export type Deed = { readonly custody: Custody } | { readonly refused: Refusal };

export const newCustody = (state: 'open' | 'closed'): Custody => ({
  state,
  before: null,
  token: 0,
  handOver: null,
  deadlineMs: null,
});

/** Whether clients may write on a side in this state. */
export const isWritable = ({ state }: Pick<Custody, 'state'>): boolean => state === 'open' || state === 'taken';

/**
 * Whether a row found on the target came along in a copy of the source's files. It says who writes on the source, as it was when
 * the copy was made, and nothing of the target, which has no custody before it is taken over.
 */
export const isSourcesRow = ({ state, before }: Pick<Custody, 'state' | 'before'>): boolean =>
  state === 'open' || (state === 'fenced' && before === 'open');

/** An attempt claims a side. Only a higher token than any before succeeds; the same attempt may claim again. */
export function raise(custody: Custody, token: number): Deed {
  if (token < custody.token) return { refused: 'token-outdated' };
  return { custody: { ...custody, token } };
}

export function fence(custody: Custody, by: { token: number; handOver: string; deadlineMs: number }): Deed {
  if (by.token !== custody.token) return { refused: 'token-outdated' };
  if (custody.handOver === by.handOver) return { refused: 'already-given-back' };
  if (!isWritable(custody)) return { refused: 'not-writable' };
  const before = custody.state === 'taken' ? 'taken' : 'open';
  return { custody: { state: 'fenced', before, token: by.token, handOver: by.handOver, deadlineMs: by.deadlineMs } };
}

/** The commit: from here on the giver never takes writes again by this hand-over. */
export function give(custody: Custody, by: { token: number; nowMs: number }): Deed {
  if (by.token !== custody.token) return { refused: 'token-outdated' };
  if (custody.state !== 'fenced' || custody.deadlineMs === null) return { refused: 'not-fenced' };
  if (by.nowMs >= custody.deadlineMs) return { refused: 'past-deadline' };
  return { custody: { ...custody, state: 'given', deadlineMs: null } };
}

/** The opening, on the other side; done twice it changes nothing. The caller has read `given` on the giver: that state is final for this hand-over. */
export function take(custody: Custody, by: { token: number; handOver: string }): Deed {
  if (by.token !== custody.token) return { refused: 'token-outdated' };
  if (custody.state === 'taken' && custody.handOver === by.handOver) return { custody };
  if (custody.state !== 'closed' && custody.state !== 'given') return { refused: 'not-takeable' };
  return { custody: { ...custody, state: 'taken', before: null, handOver: by.handOver, deadlineMs: null } };
}

export function giveBack(custody: Custody, by: { token: number }): Deed {
  if (by.token !== custody.token) return { refused: 'token-outdated' };
  return reopened(custody);
}

/** What the server does by itself when nobody came back in time. */
export function reopenPastDeadline(custody: Custody, nowMs: number): Deed {
  if (custody.deadlineMs === null || nowMs < custody.deadlineMs) return { refused: 'not-fenced' };
  return reopened(custody);
}

function reopened(custody: Custody): Deed {
  if (custody.state !== 'fenced' || custody.before === null) return { refused: 'not-fenced' };
  return { custody: { ...custody, state: custody.before, before: null, deadlineMs: null } };
}

/** What an attempt that found this custody on the giver has to do; resume is from here, never from heartbeats. */
export type Resume = 'begin' | 'give-back' | 'go-forward' | 'already-given-back';

export function resumeFrom(giver: Custody, handOver: string): Resume {
  if (giver.handOver !== handOver) return 'begin';
  if (giver.state === 'given') return 'go-forward';
  return giver.state === 'fenced' ? 'give-back' : 'already-given-back';
}
