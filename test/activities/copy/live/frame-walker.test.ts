import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameWalker } from '../../../../activities/copy/live/frame-walker.ts';

/** A message as the server sends it: kind, length, body. */
function message(kind: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind, 0, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const messages = fc.array(
  fc.record({ kind: fc.constantFrom('d', 'd', 'd', 'N', 'c', 'C', 'Z'), body: fc.uint8Array({ maxLength: 40 }) }),
  { maxLength: 30 },
);

test('rows and all else are told apart wherever the network cuts the stream', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sent, cuts) => {
      const whole = Buffer.concat(sent.map(({ kind, body }) => message(kind, body)));
      const seen = { rows: [] as Buffer[], rest: [] as Buffer[], frames: 0 };
      const walk = frameWalker({
        rows: (bytes, frames) => {
          seen.rows.push(Buffer.from(bytes));
          seen.frames += frames;
        },
        rest: (bytes) => seen.rest.push(Buffer.from(bytes)),
      });
      for (let at = 0, n = 0; at < whole.length; n += 1) {
        const size = cuts[n % cuts.length] ?? 1;
        walk(whole.subarray(at, at + size));
        at += size;
      }
      const wanted = (rows: boolean): Buffer =>
        Buffer.concat(sent.filter(({ kind }) => (kind === 'd') === rows).map(({ kind, body }) => message(kind, body)));
      expect(Buffer.concat(seen.rows).equals(wanted(true))).toBe(true);
      expect(Buffer.concat(seen.rest).equals(wanted(false))).toBe(true);
      expect(seen.frames).toBe(sent.filter(({ kind }) => kind === 'd').length);
    }),
  );
});

test('rows that follow each other go on in one piece', () => {
  const pieces: number[] = [];
  const walk = frameWalker({ rows: (bytes, frames) => pieces.push(bytes.length, frames), rest: () => undefined });
  walk(Buffer.concat([1, 2, 3].map(() => message('d', Buffer.alloc(10)))));
  expect(pieces).toEqual([45, 3]);
});
