import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { X509Certificate } from 'node:crypto';
import { writeCaBundle } from '../../worker/ca-bundle.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ca-bundle-'));
});
afterAll(async () => await rm(root, { recursive: true }));

const certificatesIn = async (file: string): Promise<X509Certificate[]> =>
  (await readFile(file, 'utf8'))
    .split(/(?<=-----END CERTIFICATE-----)\s+/)
    .filter((pem) => pem !== '')
    .map((pem) => new X509Certificate(pem));

test('the roots of RDS are in it, each readable by itself', async () => {
  const file = await writeCaBundle(join(root, 'new', 'folder'), null);
  expect(isAbsolute(file)).toBe(true);
  const subjects = (await certificatesIn(file)).map(({ subject }) => subject);
  expect(subjects.some((subject) => subject.includes('Amazon RDS eu-west-2 Root CA RSA2048 G1'))).toBe(true);
});

test('the operator’s own root is trusted beside them', async () => {
  const [first] = await certificatesIn(await writeCaBundle(root, null));
  const own = join(root, 'own.pem');
  await writeFile(own, first?.toString() ?? '');
  const before = (await certificatesIn(await writeCaBundle(root, null))).length;
  expect(await certificatesIn(await writeCaBundle(root, own))).toHaveLength(before + 1);
});

test('a file that cannot be read, or holds no certificate, is refused by its name', async () => {
  await expect(writeCaBundle(root, join(root, 'missing.pem'))).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('missing.pem cannot be read'),
  });
  const empty = join(root, 'empty.pem');
  await writeFile(empty, 'no certificate here');
  await expect(writeCaBundle(root, empty)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('holds no certificate'),
  });
});
