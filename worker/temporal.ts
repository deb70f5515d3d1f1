import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { StartFailure } from './start-failure.ts';

export interface Temporal {
  readonly connection: NativeConnection;
  readonly address: string;
  readonly namespace: string;
}

/**
 * Connects as Temporal's own tools do: `temporal.toml` and its profiles, overridden by `TEMPORAL_ADDRESS`,
 * `TEMPORAL_NAMESPACE` and the like. Throws a `StartFailure` (exit code 8) when nobody answers or the namespace is unknown.
 */
export async function connectToTemporal(env: Readonly<Record<string, string | undefined>>): Promise<Temporal> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars: given(env) });
  const address = connectionOptions.address ?? 'localhost:7233';
  const connection = await NativeConnection.connect({ ...connectionOptions, address }).catch((cause: unknown) => {
    throw unreachable(address, cause);
  });
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (cause) {
    await connection.close();
    if (codeOf(cause) === NOT_FOUND)
      throw new StartFailure(
        8,
        `Temporal at ${address} has no namespace ${namespace}: create it (temporal operator namespace create -n ${namespace}) or set TEMPORAL_NAMESPACE`,
        { cause },
      );
    throw unreachable(address, cause);
  }
  return { connection, address, namespace };
}

/** What to say when `address` does not answer, or no longer. */
export const unreachable = (address: string, cause: unknown): StartFailure =>
  new StartFailure(
    8,
    `Temporal does not answer at ${address} (${reasonOf(cause)}): start it, or set TEMPORAL_ADDRESS or a profile in temporal.toml`,
    { cause },
  );

/** The connector's message is a nest of Rust values; what the system said stands innermost. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return (/message: "([^"]+)"/.exec(message)?.[1] ?? message.split('\n')[0] ?? '').toLowerCase();
}

/** gRPC status codes. */
const NOT_FOUND = 5;

const given = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

const codeOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, 'code') : undefined);
