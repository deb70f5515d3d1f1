import { randomBytes, webcrypto } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { X509Certificate } from '@peculiar/x509';
import { x509 } from './x509.ts';

export type Certificate = { readonly certificate: string; readonly key: string };
/** The certificate authority of one local cloud: what the RDS root certificates are to AWS. */
export type Authority = {
  /** PEM file of the CA, for clients that verify. */
  readonly caFile: string;
  /** A new key and certificate for a server on 127.0.0.1, both PEM. */
  issue(): Promise<Certificate>;
};

const KEY = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** Opens the CA kept in `folder`, or makes one there. */
export async function openAuthority(folder: string): Promise<Authority> {
  const caFile = join(folder, 'ca.pem');
  const keyFile = join(folder, 'ca-key.pem');
  if (!existsSync(caFile)) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const made = await makeRoot();
    await writeFile(keyFile, made.key, { mode: 0o600 });
    await writeFile(caFile, made.certificate);
  }
  const root = new x509.X509Certificate(await readFile(caFile, 'utf8'));
  const signingKey = await importKey(await readFile(keyFile, 'utf8'));
  return { caFile, issue: () => issue(root, signingKey) };
}

async function makeRoot(): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: randomBytes(8).toString('hex'),
    name: 'CN=Daybreak local cloud CA',
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate: root.toString('pem'), key: await exportKey(keys.privateKey) };
}

async function issue(root: X509Certificate, signingKey: webcrypto.CryptoKey): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const server = await x509.X509CertificateGenerator.create({
    ...validity(),
    serialNumber: randomBytes(8).toString('hex'),
    subject: 'CN=127.0.0.1',
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '127.0.0.2' },
      ]),
    ],
  });
  return { certificate: server.toString('pem'), key: await exportKey(keys.privateKey) };
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + 3650 * DAY_MS) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), KEY, false, ['sign']);
}
