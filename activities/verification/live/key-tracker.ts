import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Clients } from '../../clients.ts';
import type { Login } from '../../contract.ts';
import { openChangeStream, type ChangeStream } from './change-stream.ts';
import { changedKeys, type ChangedKeys, type ChangedKeysOptions } from './changed-keys.ts';
import { decodeMessage } from './pgoutput.ts';
import { statusUpdate, type Frame } from './wal-stream.ts';

/** Reads the tracker's slot and keeps what has changed; a lost connection is opened again where it ended. */
export interface KeyTracker extends AsyncDisposable {
  readonly changes: ChangedKeys;
  /** Resolves when everything committed before `lsn` is in `changes`. Rejects when the tracker has ended, and on abort. */
  passed(lsn: bigint, abort?: AbortSignal): Promise<void>;
  /** Leaves the slot at what is settled. */
  close(): Promise<void>;
}

export interface TrackerOrder extends Omit<ChangedKeysOptions, 'start'> {
  readonly login: Login;
  readonly name: string;
  readonly slot: string;
  readonly publication: string;
  /** From where the slot goes on. */
  readonly start: bigint;
}

const STATUS_MS = 1_000;
/** Between two questions how far the server has read, while somebody waits. */
const PING_MS = 20;
const RETRY_MS = 250;
/** As long as a server may take to restart. */
const RETRY_LIMIT_MS = 60_000;

interface Waiter {
  readonly lsn: bigint;
  readonly arrive: () => void;
}

/** Throws what {@link openChangeStream} throws, if already the first connection fails. */
export async function trackKeys(clients: Clients, order: TrackerOrder): Promise<KeyTracker> {
  const changes = changedKeys(order);
  const waiters = new Set<Waiter>();
  const stopped = new AbortController();
  let stream: ChangeStream | null = null;
  const tell = (replyWanted: boolean): void => stream?.write(statusUpdate(changes.watermark(), replyWanted));
  const onFrame = (frame: Frame): void => {
    if (frame.kind === 'data') changes.take(decodeMessage(frame.message));
    else {
      changes.advance(frame.end);
      if (frame.replyWanted) tell(false);
    }
    for (const waiter of waiters) if (changes.position >= waiter.lsn) waiter.arrive();
  };
  // Not from where the slot stands: what has been fed need not come again.
  const open = (): Promise<ChangeStream> => openChangeStream(clients, { ...order, from: changes.position, onFrame });
  stream = await open();
  const timer = setInterval(() => tell(false), STATUS_MS);
  const over = followed(stream, stopped.signal, open, (next) => {
    stream = next;
  });
  const passed = (lsn: bigint, abort?: AbortSignal): Promise<void> =>
    changes.position >= lsn ? Promise.resolve() : awaited({ lsn, waiters, over, ping: () => tell(true) }, abort);
  const close = async (): Promise<void> => {
    if (stopped.signal.aborted) return;
    stopped.abort(new Error('the tracker was closed'));
    clearInterval(timer);
    tell(false);
    await stream?.end();
    await over;
  };
  return { changes, passed, close, [Symbol.asyncDispose]: close };
}

/** Keeps a stream open until it is stopped or cannot be opened again; answers why it ended. */
async function followed(
  first: ChangeStream,
  stopped: AbortSignal,
  open: () => Promise<ChangeStream>,
  onStream: (stream: ChangeStream | null) => void,
): Promise<unknown> {
  try {
    for (let stream = first; ;) {
      const why = await stream.ended;
      onStream(null);
      stream = await reopened(why, stopped, open);
      onStream(stream);
    }
  } catch (error) {
    return error;
  }
}

async function reopened(lost: unknown, stopped: AbortSignal, open: () => Promise<ChangeStream>): Promise<ChangeStream> {
  const giveUp = performance.now() + RETRY_LIMIT_MS;
  for (let why = lost; ;) {
    stopped.throwIfAborted();
    if (why instanceof Error && (performance.now() > giveUp || !isPassing(why))) throw why;
    await wait(RETRY_MS);
    try {
      const stream = await open();
      if (!stopped.aborted) return stream;
      await stream.end();
    } catch (error) {
      why = error;
    }
  }
}

const isPassing = (why: Error): boolean => why instanceof ApplicationFailure && why.nonRetryable !== true;

interface Waiting {
  readonly lsn: bigint;
  readonly waiters: Set<Waiter>;
  readonly over: Promise<unknown>;
  readonly ping: () => void;
}

async function awaited({ lsn, waiters, over, ping }: Waiting, abort?: AbortSignal): Promise<void> {
  abort?.throwIfAborted();
  const ended = new AbortController();
  const timer = setInterval(ping, PING_MS);
  ping();
  let waiter: Waiter | null = null;
  const arrived = new Promise<null>((resolve) => {
    waiter = { lsn, arrive: () => resolve(null) };
    waiters.add(waiter);
  });
  const aborted = new Promise<unknown>((resolve) => {
    abort?.addEventListener('abort', () => resolve(abort.reason), { once: true, signal: ended.signal });
  });
  try {
    const end = await Promise.race([arrived, over, aborted]);
    abort?.throwIfAborted();
    if (end instanceof Error) throw end;
  } finally {
    ended.abort();
    clearInterval(timer);
    if (waiter !== null) waiters.delete(waiter);
  }
}
