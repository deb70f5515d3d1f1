import { RDSClient } from '@aws-sdk/client-rds';
import type { Clients, EvidenceStore } from '../activities/clients.ts';
import { sessionOpener } from '../activities/postgres/session.ts';
import { writeCaBundle } from './ca-bundle.ts';
import type { WorkerConfig } from './config.ts';
import { countCutoverWorkers } from './cutover-pollers.ts';
import { locatePrograms } from './programs.ts';
import { secretReader } from './secrets.ts';
import type { Temporal } from './temporal.ts';

export interface Surroundings {
  readonly config: WorkerConfig;
  /** For `env:` references of secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly temporal: Temporal;
  readonly evidence: EvidenceStore;
}

/** Makes everything activities work with. Throws a `StartFailure` when something of it is missing on this machine. */
export async function makeClients({ config, env, temporal, evidence }: Surroundings): Promise<Clients> {
  const caFile = await writeCaBundle(config.scratch, config.caFile);
  const readSecret = secretReader(env);
  return {
    rds: rdsClients(),
    openSession: sessionOpener({ readSecret, caFile }),
    readSecret,
    programs: await locatePrograms(config),
    caFile,
    scratch: config.scratch,
    evidence,
    pollIntervalMs: config.pollIntervalMs,
    countCutoverWorkers: () => countCutoverWorkers(temporal),
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
