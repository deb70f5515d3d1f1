import { failure } from '../../failure.ts';

/**
 * Messages of the output plugin `pgoutput`, protocol version 1 (PostgreSQL manual, "Logical Replication Message Formats").
 * Values are slices of the buffer they came in, valid until it is used again: only keys are ever turned into strings, so that
 * a wide row costs nothing.
 */

/** The text of a column; null for NULL, undefined for a large value that did not change and is not sent. */
export type Value = Uint8Array | null | undefined;
export type Tuple = readonly Value[];

export interface Relation {
  readonly kind: 'relation';
  readonly id: number;
  /** Empty for pg_catalog. */
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
}

export type Message =
  | Relation
  /** `commitLsn`: where the commit record begins. Transactions come in the order of their commits. */
  | { readonly kind: 'begin'; readonly commitLsn: bigint; readonly xid: number }
  | { readonly kind: 'commit'; readonly commitLsn: bigint; readonly endLsn: bigint }
  | { readonly kind: 'insert'; readonly relation: number; readonly new: Tuple }
  /** `old` only where the key changed or the identity is FULL; of a key it holds the key's columns, the others null. */
  | { readonly kind: 'update'; readonly relation: number; readonly old: Tuple | null; readonly new: Tuple }
  | { readonly kind: 'delete'; readonly relation: number; readonly old: Tuple }
  | { readonly kind: 'truncate'; readonly relations: readonly number[] }
  /** Origin, type and logical messages: nothing in them changes a row. */
  | { readonly kind: 'other' };

/** Throws `VerificationFailed` for a message that is unknown, cut short or too long: what is not understood may be a change. */
export function decodeMessage(bytes: Buffer): Message {
  const reader = readerOf(bytes);
  const type = reader.letter();
  const message = read(type, reader);
  if (message.kind !== 'other' && reader.left() !== 0) throw broken(type, `${reader.left()} bytes too many`);
  return message;
}

const broken = (type: string, what: string): Error =>
  failure(
    'VerificationFailed',
    `the stream of changes holds a message ${JSON.stringify(type)} with ${what}; wanted pgoutput, version 1`,
  );

function read(type: string, reader: Reader): Message {
  switch (type) {
    case 'B': {
      const commitLsn = reader.int64();
      reader.int64(); // time of the commit
      return { kind: 'begin', commitLsn, xid: reader.int32() };
    }
    case 'C': {
      reader.letter(); // flags, none defined
      const commit = { kind: 'commit', commitLsn: reader.int64(), endLsn: reader.int64() } as const;
      reader.int64();
      return commit;
    }
    case 'R':
      return describe(reader);
    case 'I':
      return { kind: 'insert', relation: reader.int32(), new: tuple(reader, reader.letter(), ['N']) };
    case 'U':
      return update(reader);
    case 'D':
      return { kind: 'delete', relation: reader.int32(), old: tuple(reader, reader.letter(), ['K', 'O']) };
    case 'T': {
      const count = reader.int32();
      reader.letter(); // CASCADE, RESTART IDENTITY
      return { kind: 'truncate', relations: Array.from({ length: count }, () => reader.int32()) };
    }
    case 'O':
    case 'Y':
    case 'M':
      return { kind: 'other' };
    default:
      throw broken(type, 'an unknown type');
  }
}

function describe(reader: Reader): Relation {
  const [id, schema, table] = [reader.int32(), reader.text(), reader.text()];
  reader.letter(); // replica identity: which columns are a key is asked of the catalogue
  const columns = Array.from({ length: reader.int16() }, () => {
    reader.letter(); // flags
    const name = reader.text();
    reader.int32(); // type
    reader.int32(); // its modifier
    return name;
  });
  return { kind: 'relation', id, schema, table, columns };
}

function update(reader: Reader): Message {
  const relation = reader.int32();
  const first = reader.letter();
  if (first === 'N') return { kind: 'update', relation, old: null, new: tuple(reader, first, ['N']) };
  const old = tuple(reader, first, ['K', 'O']);
  return { kind: 'update', relation, old, new: tuple(reader, reader.letter(), ['N']) };
}

function tuple(reader: Reader, marker: string, wanted: readonly string[]): Tuple {
  if (!wanted.includes(marker)) throw broken(marker, `a row where ${wanted.join(' or ')} was wanted`);
  return Array.from({ length: reader.int16() }, (): Value => {
    const kind = reader.letter();
    if (kind === 'n') return null;
    if (kind === 'u') return undefined;
    if (kind === 't') return reader.bytes(reader.int32());
    throw broken(kind, 'a value of unknown form');
  });
}

type Reader = ReturnType<typeof readerOf>;

function readerOf(buffer: Buffer) {
  let at = 0;
  const take = (length: number): number => {
    if (length > buffer.length - at) throw broken(buffer.toString('latin1', 0, 1), `${buffer.length} bytes, cut short`);
    at += length;
    return at - length;
  };
  return {
    left: () => buffer.length - at,
    letter: () => String.fromCharCode(buffer.readUInt8(take(1))),
    int16: () => buffer.readUInt16BE(take(2)),
    int32: () => buffer.readUInt32BE(take(4)),
    int64: () => buffer.readBigUInt64BE(take(8)),
    bytes: (length: number): Uint8Array => {
      const from = take(length);
      return buffer.subarray(from, from + length);
    },
    /** Up to a zero byte. */
    text: () => {
      const end = buffer.indexOf(0, at);
      const from = take((end === -1 ? buffer.length : end) - at + 1);
      return buffer.toString('utf8', from, at - 1);
    },
  };
}
