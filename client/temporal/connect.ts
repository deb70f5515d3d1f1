import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { complain } from '../complaint.ts';
import { EXIT } from '../exit-codes.ts';
import { networkTrouble } from './network-trouble.ts';

export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly address: string;
  /** Runs one request, or a few, that must be answered in `ms` (default {@link ANSWER_MS}). */
  readonly within: <Result>(work: () => Promise<Result>, ms?: number) => Promise<Result>;
}

/** A refused connection is tried again until then: servers are restarted, and busy machines are slow to shake hands. */
const CONNECT_MS = 8_000;
/** A server that lives answers in milliseconds, and within this on a machine that is far too busy. */
const ANSWER_MS = 10_000;

/**
 * Connects as `temporal` does: `temporal.toml` and `TEMPORAL_*`
 * (https://docs.temporal.io/develop/environment-configuration).
 */
export async function withTemporal<Result>(work: (temporal: Temporal) => Promise<Result>): Promise<Result> {
  const { connectionOptions, namespace = 'default' } = configuration();
  const { address = 'localhost:7233' } = connectionOptions;
  const connection = await connect(connectionOptions, address);
  const client = new Client({ connection, namespace });
  const within: Temporal['within'] = (request, ms = ANSWER_MS) => connection.withDeadline(Date.now() + ms, request);
  try {
    return await work({ client, connection, namespace, address, within });
  } catch (error) {
    const trouble = networkTrouble(error);
    throw trouble === null ? error : unreachable(address, trouble);
  } finally {
    await connection.close();
  }
}

type Configuration = ReturnType<typeof loadClientConnectConfig>;

function configuration(): Configuration {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw complain({
      what: 'the configuration of the connection to Temporal cannot be read',
      found: messageOf(error),
      remedy: 'correct temporal.toml or the TEMPORAL_* variables; temporal config list shows them',
      ending: 'nothing changed',
      exitCode: EXIT.usage,
    });
  }
}

async function connect(options: Configuration['connectionOptions'], address: string): Promise<Connection> {
  try {
    return await Connection.connect({ ...options, connectTimeout: CONNECT_MS });
  } catch (error) {
    throw unreachable(address, networkTrouble(error) ?? messageOf(error));
  }
}

const unreachable = (address: string, found: string): Error =>
  complain({
    what: `Temporal does not answer at ${address}`,
    found,
    wanted: 'a Temporal server; TEMPORAL_ADDRESS or temporal.toml says where it is',
    remedy:
      'start it or correct the address; a run that was going goes on when it is back, daybreak rescue needs no Temporal',
    ending: 'nothing changed',
    exitCode: EXIT.unreachable,
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
