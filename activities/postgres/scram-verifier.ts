import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** What PostgreSQL itself uses: src/include/common/scram-common.h. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/**
 * The verifier PostgreSQL stores for a password, `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (RFC 5803 in
 * PostgreSQL's spelling, keys of RFC 5802 and 7677). `ALTER ROLE … PASSWORD` takes it as it is, so that no password travels
 * in a statement that the server may log.
 */
export async function scramVerifier(password: string, salt: Uint8Array = randomBytes(SALT_BYTES)): Promise<string> {
  const salted = await promisify(pbkdf2)(prepared(password), salt, ITERATIONS, KEY_BYTES, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(key('Client Key')).digest('base64');
  const serverKey = key('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}

/** SASLprep (RFC 4013) as far as it changes characters; clients do the same before they prove a password. */
const prepared = (password: string): string =>
  password
    .replaceAll(
      /\u{34F}|[\u{180B}-\u{180D}]|[\u{FE00}-\u{FE0F}]|[\u{AD}\u{1806}\u{200B}-\u{200D}\u{2060}\u{FEFF}]/gu,
      '',
    )
    .replaceAll(/[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/gu, ' ')
    .normalize('NFKC');
