import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RDSClient } from '@aws-sdk/client-rds';
import { addressFile } from '../app/database-address.ts';
import { APP_ROLE, REPORTS_ROLE, seed } from '../app/seed.ts';
import type { Cloud } from '../cloud/start.ts';
import { startChild, type Child } from './child.ts';
import type { Folders } from './folders.ts';
import { PROJECT } from './folders.ts';
import { sampleSource, SOURCE } from './plan-file.ts';
import { createSourceInstance, type SourceInstance } from './source-instance.ts';

export const DATABASE = 'mindmeasure';
export const MASTER = 'mindmeasure_admin';

export type Passwords = {
  readonly master: string;
  readonly app: string;
  readonly reports: string;
  readonly pooler: string;
};

/** The source with its data, before anybody uses it. */
export type Database = SourceInstance & {
  readonly passwords: Passwords;
  readonly envFile: string;
  /** Whom the application logs in as. */
  readonly application: { readonly user: string; readonly password: string };
};

const secret = (): string => randomBytes(18).toString('base64url');
export const makePasswords = (): Passwords => ({
  master: secret(),
  app: secret(),
  reports: secret(),
  pooler: secret(),
});

export async function makeDatabase(
  cloud: Cloud,
  { folders, passwords, major, asMaster }: { folders: Folders; passwords: Passwords; major: string; asMaster: boolean },
): Promise<Database> {
  const { endpoint, region, caFile } = cloud;
  const rds = new RDSClient({ endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  const wanted = { instance: SOURCE, database: DATABASE, user: MASTER, password: passwords.master, major };
  const source = await createSourceInstance(rds, wanted);
  rds.destroy();
  const master = { ...source, database: DATABASE, user: MASTER, password: passwords.master };
  const own = asMaster ? {} : { [APP_ROLE]: passwords.app };
  await seed({ master, caFile, passwords: { ...own, [REPORTS_ROLE]: passwords.reports } });
  const envFile = join(folders.app, '.env');
  const application = asMaster
    ? { user: MASTER, password: passwords.master }
    : { user: APP_ROLE, password: passwords.app };
  await writeFile(envFile, addressFile({ ...source, database: DATABASE, ...application }), { mode: 0o600 });
  await writeFile(join(folders.source, 'database-url.ts'), sampleSource(source));
  return { ...source, passwords, envFile, application };
}

type Place = {
  readonly folders: Folders;
  readonly env: Record<string, string>;
  readonly envFile: string;
  readonly caFile: string;
};

/** The application as people use it, or the copy that reads what the migration stages. */
export async function startApplicationProcess(
  { folders, env, envFile, caFile }: Place,
  version: 'live' | 'staged',
): Promise<{ child: Child; url: string }> {
  const { child, line } = await startChild({
    name: `${version} application`,
    args: [
      ...script('main.ts'),
      '--env-file',
      envFile,
      '--ca-file',
      caFile,
      ...(version === 'staged' ? ['--staged'] : []),
    ],
    env,
    folder: PROJECT,
    logFile: join(folders.logs, `application-${version}.log`),
    readyAt: /^http:/,
  });
  return { child, url: line };
}

/** Writes all the time, over four connections: two through the application, two straight to the database; each thirty times a second. */
export async function startWriterProcess(
  { folders, env, envFile, caFile }: Place,
  url: string,
): Promise<{ child: Child; ledger: string }> {
  const ledger = join(folders.kept, 'ledger.jsonl');
  await writeFile(ledger, '');
  const options = { ledger, rate: 120, url, through: 2, 'env-file': envFile, 'ca-file': caFile, straight: 2 };
  const { child } = await startChild({
    name: 'writer',
    args: [...script('writer.ts'), ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])],
    env,
    folder: PROJECT,
    logFile: join(folders.logs, 'writer.log'),
    readyAt: /^writing/,
  });
  return { child, ledger };
}

const script = (file: string): string[] => [join(PROJECT, 'client', 'launch', 'program.mjs'), `local/app/${file}`];
