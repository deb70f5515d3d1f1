import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, type Message, type Tuple } from '../../../../activities/verification/live/pgoutput.ts';

/** Writes a message as the manual says, by nothing of the decoder's. */
function encode(message: Message): Buffer {
  switch (message.kind) {
    case 'begin':
      return Buffer.concat([letter('B'), int64(message.commitLsn), int64(0n), int32(message.xid)]);
    case 'commit':
      return Buffer.concat([letter('C'), letter('\0'), int64(message.commitLsn), int64(message.endLsn), int64(7n)]);
    case 'relation': {
      const columns = message.columns.map((name) => [letter('\x01'), text(name), int32(23), int32(0xffffffff)]);
      const head = [letter('R'), int32(message.id), text(message.schema), text(message.table), letter('d')];
      return Buffer.concat([...head, int16(columns.length), ...columns.flat()]);
    }
    case 'insert':
      return Buffer.concat([letter('I'), int32(message.relation), tuple('N', message.new)]);
    case 'update': {
      const old = message.old === null ? [] : [tuple('K', message.old)];
      return Buffer.concat([letter('U'), int32(message.relation), ...old, tuple('N', message.new)]);
    }
    case 'delete':
      return Buffer.concat([letter('D'), int32(message.relation), tuple('O', message.old)]);
    case 'truncate': {
      const relations = message.relations.map(int32);
      return Buffer.concat([letter('T'), int32(relations.length), letter('\x03'), ...relations]);
    }
    case 'other':
      return Buffer.concat([letter('O'), int64(1n), text('origin')]);
  }
}

const letter = (value: string): Buffer => Buffer.from(value, 'latin1');
const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf8');
const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => Buffer.from([24, 16, 8, 0].map((bits) => (value >>> bits) & 255));
const int64 = (value: bigint): Buffer =>
  Buffer.concat([int32(Number(value >> 32n)), int32(Number(value & 0xffffffffn))]);
const tuple = (marker: string, values: Tuple): Buffer =>
  Buffer.concat([
    letter(marker),
    int16(values.length),
    ...values.flatMap((value) => {
      if (value === null) return [letter('n')];
      return value === undefined ? [letter('u')] : [letter('t'), int32(value.length), Buffer.from(value)];
    }),
  ]);

const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const id = fc.nat(2 ** 32 - 1);
const name = fc.string({ unit: 'grapheme' });
const values = fc.array(fc.oneof(fc.uint8Array(), fc.constant(null), fc.constant(undefined)));
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('begin' as const), commitLsn: lsn, xid: id }),
  fc.record({ kind: fc.constant('commit' as const), commitLsn: lsn, endLsn: lsn }),
  fc.record({ kind: fc.constant('relation' as const), id, schema: name, table: name, columns: fc.array(name) }),
  fc.record({ kind: fc.constant('insert' as const), relation: id, new: values }),
  fc.record({ kind: fc.constant('update' as const), relation: id, old: fc.option(values), new: values }),
  fc.record({ kind: fc.constant('delete' as const), relation: id, old: values }),
  fc.record({ kind: fc.constant('truncate' as const), relations: fc.array(id) }),
  fc.constant({ kind: 'other' as const }),
);

/** Values as plain arrays: a slice of a buffer and a buffer of its own are the same bytes. */
const plain = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? [...value]
    : Array.isArray(value)
      ? value.map(plain)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
        : value;

describe('the decoder of pgoutput', () => {
  test('reads back every message as it was written', () => {
    fc.assert(
      fc.property(message, (written) => {
        expect(plain(decodeMessage(encode(written)))).toEqual(plain(written));
      }),
    );
  });

  test('refuses a message that is cut short or too long, wherever', () => {
    fc.assert(
      fc.property(message, fc.nat(), (written, cut) => {
        const whole = encode(written);
        if (written.kind === 'other') return;
        expect(() => decodeMessage(whole.subarray(0, cut % whole.length))).toThrow(/wanted pgoutput, version 1/);
        expect(() => decodeMessage(Buffer.concat([whole, letter('x')]))).toThrow(/wanted pgoutput, version 1/);
      }),
    );
  });

  test('refuses what it does not know instead of passing over it', () => {
    for (const type of ['S', 'P', 'b', 'x', '\0'])
      expect(() => decodeMessage(letter(`${type}1234`))).toThrow(
        expect.objectContaining({
          type: 'VerificationFailed',
          message: expect.stringContaining('unknown type') as string,
        }),
      );
    expect(() => decodeMessage(Buffer.concat([letter('I'), int32(1), tuple('O', [null])]))).toThrow(/wanted/);
    expect(() =>
      decodeMessage(Buffer.concat([letter('I'), int32(1), letter('N'), int16(1), letter('b'), int32(0)])),
    ).toThrow(/unknown form/);
  });

  test('passes over origins, types and logical messages', () => {
    for (const type of ['O', 'Y', 'M'])
      expect(decodeMessage(Buffer.concat([letter(type), Buffer.from('anything')]))).toEqual({ kind: 'other' });
  });
});
