/** Where the bytes of a stream of PostgreSQL's messages go; chunks are only borrowed until the call returns or were written. */
export interface FrameSinks {
  /** Whole or part CopyData frames, as they came; `frames`: how many began among these bytes. */
  readonly rows: (bytes: Buffer, frames: number) => void;
  /** Everything else, whole or in part. */
  readonly rest: (bytes: Buffer) => void;
}

const COPY_DATA = 0x64;
/** One byte of kind, then the length in four, which counts itself but not the kind. */
const HEADER = 5;

/**
 * Divides a stream into CopyData frames and all other messages without looking at rows: it only steps from header to header.
 * Frames that follow each other go on in one piece, so that a row costs a few instructions and no copy.
 * Source: PostgreSQL manual, "Frontend/Backend Protocol", message formats.
 */
export function frameWalker({ rows, rest }: FrameSinks): (chunk: Buffer) => void {
  let ofRows = false;
  /** Bytes of the current frame that have not come yet. */
  let missing = 0;
  /** A header of which less than five bytes came. */
  let head: Buffer | null = null;
  return (arrived) => {
    const chunk: Buffer = head === null ? arrived : Buffer.concat([head, arrived]);
    head = null;
    let at = 0;
    let runFrom = 0;
    let frames = 0;
    const flush = (): void => {
      if (at > runFrom) (ofRows ? rows : rest)(chunk.subarray(runFrom, at), ofRows ? frames : 0);
      runFrom = at;
      frames = 0;
    };
    while (at < chunk.length) {
      if (missing === 0) {
        if (chunk.length - at < HEADER) break;
        const isRow = chunk[at] === COPY_DATA;
        if (isRow !== ofRows) flush();
        ofRows = isRow;
        frames += 1;
        missing = 1 + chunk.readUInt32BE(at + 1);
      }
      const step = Math.min(missing, chunk.length - at);
      at += step;
      missing -= step;
    }
    flush();
    if (at < chunk.length) head = Buffer.from(chunk.subarray(at));
  };
}
