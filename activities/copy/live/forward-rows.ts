import type { Writable } from 'node:stream';
import type { Submittable } from 'pg';
import type { Connection } from '../../postgres/connection.ts';
import { failure } from '../../failure.ts';
import { frameWalker } from './frame-walker.ts';
import type { Throttle } from './throttle.ts';

export interface Forwarding {
  readonly from: Connection;
  readonly into: Connection;
  /** `COPY … TO STDOUT` and `COPY … FROM STDIN` of one format. */
  readonly out: string;
  readonly in: string;
  readonly throttle: Throttle;
  /** For each piece that went on: bytes and rows (in binary format two frames more than rows). */
  readonly onPiece: (bytes: number, frames: number) => void;
}

/** CopyDone. */
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
/** What may lie in memory before the sender is held back. */
const AHEAD_BYTES = 1 << 20;

/**
 * Pours the rows of one COPY into another, frame by frame and socket to socket: nothing is parsed, and memory stays flat whatever
 * the size of table or row. Answers the number of rows, which both servers have to agree on. After a failure both connections are
 * cut: nothing else could stop a server that sends, or free one that waits. Errors come untranslated by either side's server.
 */
export async function forwardRows(forwarding: Forwarding): Promise<number> {
  const { from, into } = forwarding;
  try {
    const receiving = receive(into, forwarding.in);
    await receiving.ready;
    const [sent, taken] = await Promise.all([
      send(forwarding).then((rows) => {
        into.client.connection.stream.write(COPY_DONE);
        return rows;
      }),
      receiving.done,
    ]);
    if (sent !== taken) throw failure('CopyFailed', `the source sent ${sent} rows, the target took ${taken}`);
    return taken;
  } catch (error) {
    from.cut();
    into.cut();
    throw error;
  }
}

interface Receiving {
  readonly ready: Promise<void>;
  readonly done: Promise<number>;
}

function receive(into: Connection, sql: string): Receiving {
  const query = copyQuery(into, (wire) => wire.query(sql));
  const ready = new Promise<void>((resolve, reject) => {
    query.handleCopyInResponse = resolve;
    // Whichever of the two is looked at first tells of the failure; the other's is the same.
    query.done.catch(reject);
  });
  ready.catch(() => undefined);
  into.client.query(query);
  return { ready, done: query.done };
}

function send({ from, into, out, throttle, onPiece }: Forwarding): Promise<number> {
  const source = from.client.connection.stream;
  const sink = into.client.connection.stream;
  const hold = holdBack(source);
  const write = inTurns(sink);
  const tap = tapped(from, (parse) =>
    frameWalker({
      rows: (bytes, frames) => {
        onPiece(bytes.length, frames);
        write(bytes);
        if (sink.writableLength > AHEAD_BYTES) hold((go) => sink.once('drain', go));
        const waitMs = throttle.take(bytes.length);
        if (waitMs > 0) hold((go) => setTimeout(go, waitMs));
      },
      rest: parse,
    }),
  );
  const query = copyQuery(from, (wire) => {
    tap.open();
    wire.query(out);
  });
  from.client.query(query);
  return query.done.finally(tap.close);
}

/** What `pg` calls on a query of ours; its types name `submit` only. */
interface CopyQuery extends Submittable {
  handleCopyInResponse: () => void;
  readonly handleCommandComplete: (message: { readonly text: string }) => void;
  readonly handleReadyForQuery: () => void;
  readonly handleError: (error: Error) => void;
  /** Number of rows by the tag of the finished COPY. */
  readonly done: Promise<number>;
}

function copyQuery({ translate }: Connection, submit: CopyQuery['submit']): CopyQuery {
  let rows = Number.NaN;
  let handleReadyForQuery = (): void => undefined;
  let handleError = (_error: Error): void => undefined;
  const done = new Promise<number>((resolve, reject) => {
    handleReadyForQuery = () => resolve(rows);
    handleError = (error) => reject(translate(error));
  });
  done.catch(() => undefined);
  const handleCommandComplete = ({ text }: { readonly text: string }): void => {
    rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? Number.NaN);
  };
  return {
    submit,
    done,
    handleReadyForQuery,
    handleError,
    handleCommandComplete,
    handleCopyInResponse: () => undefined,
  };
}

/**
 * Sends on what comes in one turn of the event loop as one: a server sends 8 kB a time, and every write of its own costs a system
 * call, a TLS record and a callback.
 */
function inTurns(sink: Writable): (bytes: Buffer) => void {
  let corked = false;
  return (bytes) => {
    if (!corked) {
      corked = true;
      sink.cork();
      setImmediate(() => {
        corked = false;
        sink.uncork();
      });
    }
    sink.write(bytes);
  };
}

/** Keeps a stream paused until everybody who asked for it lets go. */
function holdBack(stream: { pause(): unknown; resume(): unknown }): (until: (go: () => void) => void) => void {
  let holds = 0;
  return (until) => {
    holds += 1;
    if (holds === 1) stream.pause();
    until(() => {
      holds -= 1;
      if (holds === 0) stream.resume();
    });
  };
}

/** Puts itself between the socket and `pg`'s parser, which is the socket's one listener for data, and out of the way again. */
function tapped({ client }: Connection, make: (parse: (bytes: Buffer) => void) => (chunk: Buffer) => void) {
  const { stream } = client.connection;
  const listeners = stream.listeners('data') as ((bytes: Buffer) => void)[];
  const [parse] = listeners;
  if (parse === undefined || listeners.length > 1)
    throw new Error(`found ${listeners.length} listeners on the socket; wanted the parser of pg alone`);
  const walk = make(parse);
  return {
    open: (): void => {
      stream.removeListener('data', parse);
      stream.on('data', walk);
    },
    close: (): void => {
      stream.removeListener('data', walk);
      stream.on('data', parse);
    },
  };
}
