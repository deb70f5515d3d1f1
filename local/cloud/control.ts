import { createServer, type IncomingMessage, type Server } from 'node:http';
import { ZodError } from 'zod';
import { applyFault } from './apply-fault.ts';
import type { Faults } from './protocol/faults.ts';
import type { Journal } from './protocol/journal.ts';
import type { World } from './rds/world.ts';

export type Controlled = {
  readonly world: World;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly stop: () => Promise<void>;
};

/** The cloud's own port, beside the API: faults, journal, status, stop. JSON in and out; not listening yet. */
export function controlPort(controlled: Controlled): Server {
  return createServer((request, response) => {
    handle(controlled, request)
      .then((answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)))
      .catch((error: unknown) => {
        const message = error instanceof ZodError ? `not a fault: ${error.message}` : String(error);
        response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: message }));
      });
  });
}

async function handle({ world, faults, journal, stop }: Controlled, request: IncomingMessage): Promise<unknown> {
  switch (`${request.method} ${request.url}`) {
    case 'POST /fault':
      await applyFault(world, faults, await readJson(request));
      return {};
    case 'GET /journal':
      return journal.calls;
    case 'GET /status':
      return statusOf(world);
    case 'POST /stop':
      await stop();
      return {};
    default:
      throw new Error(`no such thing: ${request.method} ${request.url}`);
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/** What there is, for people. */
function statusOf({ state, servers }: World) {
  return {
    instances: Object.values(state.instances).map(({ shape, port, storage }) => ({
      id: shape.DBInstanceIdentifier,
      engine: `${shape.Engine} ${shape.EngineVersion}`,
      status: shape.DBInstanceStatus,
      cluster: shape.DBClusterIdentifier ?? null,
      port,
      pid: servers.get(storage)?.pid ?? null,
    })),
    clusters: Object.values(state.clusters).map(({ shape }) => ({
      id: shape.DBClusterIdentifier,
      engine: `${shape.Engine} ${shape.EngineVersion}`,
      status: shape.Status,
      port: shape.Port,
    })),
    snapshots: [
      ...Object.values(state.snapshots).map(({ shape }) => ({
        id: shape.DBSnapshotIdentifier,
        of: shape.DBInstanceIdentifier,
        status: shape.Status,
      })),
      ...Object.values(state.clusterSnapshots).map(({ shape }) => ({
        id: shape.DBClusterSnapshotIdentifier,
        of: shape.DBClusterIdentifier,
        status: shape.Status,
      })),
    ],
    jobs: state.jobs.map(({ point, id }) => `${point} ${id}`),
  };
}
