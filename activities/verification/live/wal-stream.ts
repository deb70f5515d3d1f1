import { failure } from '../../failure.ts';

/** Frames of a replication connection (PostgreSQL manual, "Streaming Replication Protocol"); each fills one CopyData message. */
export type Frame =
  | { readonly kind: 'data'; readonly message: Buffer }
  /** All that was committed before `end` has been sent. The server hangs up if a wanted reply stays out. */
  | { readonly kind: 'keepalive'; readonly end: bigint; readonly replyWanted: boolean };

const DATA_HEADER = 25;
const KEEPALIVE_LENGTH = 18;

/** Throws `VerificationFailed` for a frame of unknown form. */
export function decodeFrame(bytes: Buffer): Frame {
  const type = bytes.toString('latin1', 0, 1);
  if (type === 'w' && bytes.length > DATA_HEADER) return { kind: 'data', message: bytes.subarray(DATA_HEADER) };
  if (type === 'k' && bytes.length === KEEPALIVE_LENGTH)
    return { kind: 'keepalive', end: bytes.readBigUInt64BE(1), replyWanted: bytes.readUInt8(17) === 1 };
  throw failure(
    'VerificationFailed',
    `the stream of changes holds a frame ${JSON.stringify(type)} of ${bytes.length} bytes; wanted data or a keepalive`,
  );
}

/**
 * Tells the server that everything before `lsn` is done with and need never be sent again. A reply is a keepalive that tells
 * how far the server has read. The clock of the client is for nobody's use and left at zero.
 */
export function statusUpdate(lsn: bigint, replyWanted: boolean): Buffer {
  const frame = Buffer.alloc(39);
  frame.write('d', 0, 'latin1');
  frame.writeUInt32BE(38, 1);
  frame.write('r', 5, 'latin1');
  for (const at of [6, 14, 22]) frame.writeBigUInt64BE(lsn, at); // written, flushed, applied
  frame.writeUInt8(replyWanted ? 1 : 0, 38);
  return frame;
}

/** Ends the stream; the server answers in kind and is ready for commands again. */
export const END_OF_STREAM: Buffer = Buffer.from([0x63, 0, 0, 0, 4]);
