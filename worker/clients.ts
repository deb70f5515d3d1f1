import { RDSClient } from '@aws-sdk/client-rds';
import type { Clients } from '../activities/clients.ts';
import { folderStore } from '../activities/evidence/folder-store.ts';
import { sessionOpener } from '../activities/postgres/session.ts';
import { writeCaBundle } from './ca-bundle.ts';
import type { WorkerConfig } from './config.ts';
import { locatePrograms } from './programs.ts';
import { secretReader } from './secrets.ts';

export interface Surroundings {
  readonly config: WorkerConfig;
  /** For `env:` references of secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks Temporal; `rescue` has none to ask. */
  readonly countCutoverWorkers: Clients['countCutoverWorkers'];
}

/** Makes everything activities work with. Throws a `StartFailure` when something of it is missing on this machine. */
export async function makeClients({ config, env, countCutoverWorkers }: Surroundings): Promise<Clients> {
  const caFile = await writeCaBundle(config.scratch, config.caFile);
  const readSecret = secretReader(env);
  return {
    rds: rdsClients(),
    openSession: sessionOpener({ readSecret, caFile }),
    readSecret,
    programs: await locatePrograms(config),
    caFile,
    scratch: config.scratch,
    evidence: folderStore(config.evidence),
    pollIntervalMs: config.pollIntervalMs,
    countCutoverWorkers,
  };
}

/** One client a region: its connections, credentials and retry budget are worth keeping. Credentials as the SDK finds them. */
export function rdsClients(): (region: string) => RDSClient {
  const clients = new Map<string, RDSClient>();
  return (region) => {
    const known =
      clients.get(region) ??
      // Without these the SDK waits for ever for an answer that was lost.
      new RDSClient({
        region,
        requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
      });
    clients.set(region, known);
    return known;
  };
}
