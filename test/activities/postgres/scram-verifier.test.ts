import { escapeLiteral } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scramVerifier } from '../../../activities/postgres/scram-verifier.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair({ source: '15', target: '17' });
});
afterAll(() => pair.stop());

/** With the salt the server chose, its own verifier and ours must be one and the same. */
async function storedBy(side: 'source' | 'target', password: string): Promise<string> {
  const server = pair.servers[side];
  await server.sql(`DROP ROLE IF EXISTS probe; CREATE ROLE probe PASSWORD ${escapeLiteral(password)}`);
  const { rows } = await server.sql(`SELECT rolpassword FROM pg_authid WHERE rolname = 'probe'`);
  return (rows as { rolpassword: string }[])[0]?.rolpassword ?? '';
}

test.each([
  ['plain letters', 'secret'],
  ['signs', `it's "$&\\ %`],
  ['umlauts and emoji', 'Grüße 🚀'],
  ['a letter and an accent, which are one', 'e\u0301tat'],
  ['a ligature, which is two letters', 'o\uFB03ce'],
  ['a no-break space, which is a space', 'a\u00A0b'],
  ['a soft hyphen, which is nothing', 'a\u00ADb'],
])('a verifier of %s is what PostgreSQL 15 and 17 make of that password', async (_what, password) => {
  for (const side of ['source', 'target'] as const) {
    const stored = await storedBy(side, password);
    const salt = /^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(stored)?.[1] ?? '';
    expect(await scramVerifier(password, Buffer.from(salt, 'base64'))).toBe(stored);
  }
});

test('a verifier is another each time, for its salt is', async () => {
  expect(await scramVerifier('secret')).not.toBe(await scramVerifier('secret'));
});
