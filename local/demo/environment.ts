import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Cloud } from '../cloud/start.ts';
import type { DevServer } from '../temporal/dev-server.ts';
import { toolPath } from '../setup/tools.mjs';

/** What could lead the demo to somebody's real account, server or database is left out of what its processes inherit. */
const FOREIGN = /^(AWS|TEMPORAL|DAYBREAK|PG)/;

export function inherited(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !FOREIGN.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

/** Where AWS is for the demo: a port of this machine, and nowhere else. */
export const cloudEnvironment = ({ endpoint, secretsEndpoint, region }: Cloud): Record<string, string> => ({
  AWS_ENDPOINT_URL_RDS: endpoint,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsEndpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

/** The Temporal that carries the migration, and where a person looks at it. */
export type TemporalPlace = Pick<DevServer, 'address' | 'namespace' | 'uiUrl'>;

/** Temporal's own configuration file, so that no profile of the person at the keyboard takes part. */
export async function writeTemporalProfile(
  file: string,
  { address, namespace }: TemporalPlace,
): Promise<Record<string, string>> {
  await writeFile(file, `[profile.default]\naddress = "${address}"\nnamespace = "${namespace}"\n`);
  return { TEMPORAL_CONFIG_FILE: file };
}

/** What the worker is told beside those; the plan refers to the passwords by these names. */
export const workerEnvironment = (
  { caFile }: Cloud,
  folders: { readonly scratch: string; readonly evidence: string },
  passwords: { readonly master: string; readonly app: string; readonly reports: string; readonly pooler?: string },
): Record<string, string> => ({
  PG_BIN: dirname(toolPath('pg_dump')),
  DAYBREAK_CA_FILE: caFile,
  DAYBREAK_SCRATCH: folders.scratch,
  DAYBREAK_EVIDENCE: folders.evidence,
  DAYBREAK_POLL_INTERVAL: '300ms',
  DAYBREAK_SHUTDOWN_GRACE: '3m',
  SOURCE_PASSWORD: passwords.master,
  APP_PASSWORD: passwords.app,
  REPORTS_PASSWORD: passwords.reports,
  ...(passwords.pooler === undefined ? {} : { PGBOUNCER_PASSWORD: passwords.pooler }),
});
