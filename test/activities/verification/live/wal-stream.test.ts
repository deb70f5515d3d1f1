import { describe, expect, test } from 'vitest';
import { formatLsn, parseLsn } from '../../../../activities/verification/live/lsn.ts';
import { decodeFrame, statusUpdate } from '../../../../activities/verification/live/wal-stream.ts';

describe('frames of a replication connection', () => {
  test('carry a message behind their header, or how far the server has read', () => {
    const header = Buffer.alloc(25);
    header.write('w');
    expect(decodeFrame(Buffer.concat([header, Buffer.from('B...')]))).toEqual({
      kind: 'data',
      message: Buffer.from('B...'),
    });
    const keepalive = Buffer.alloc(18);
    keepalive.write('k');
    keepalive.writeBigUInt64BE(0x16b374d848n, 1);
    expect(decodeFrame(keepalive)).toEqual({ kind: 'keepalive', end: 0x16b374d848n, replyWanted: false });
    keepalive[17] = 1;
    expect(decodeFrame(keepalive)).toMatchObject({ replyWanted: true });
  });

  test('of any other form are refused', () => {
    for (const bytes of ['', 'w', 'k', 'x'.repeat(30), 'k'.padEnd(19)])
      expect(() => decodeFrame(Buffer.from(bytes))).toThrow(expect.objectContaining({ type: 'VerificationFailed' }));
  });

  test('tell the server the same place three times over', () => {
    const frame = statusUpdate(0x16b374d848n, true);
    expect(frame.toString('hex')).toBe(`640000002672${'00000016b374d848'.repeat(3)}${'00'.repeat(8)}01`);
  });
});

describe('a place in the log', () => {
  test('is read and written as PostgreSQL does', () => {
    for (const text of ['0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF', '1/0']) expect(formatLsn(parseLsn(text))).toBe(text);
    expect(parseLsn('16/B374D848')).toBe(0x16b374d848n);
  });

  test('that is none is refused', () => {
    for (const text of ['', '16', '16/', 'x/1', '1/123456789']) expect(() => parseLsn(text)).toThrow('wanted two');
  });
});
