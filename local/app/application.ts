import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { openLane } from './database-lane.ts';
import { readHealth } from './health.ts';
import { openLanes, type Lanes } from './lanes.ts';
import { withPatience } from './patience.ts';
import { sessionWrite, writeSession } from './session-write.ts';

export type ApplicationOptions = {
  readonly envFile: string;
  /** `staged`: the application as it will be once the migration's switches are thrown. */
  readonly version: 'live' | 'staged';
  readonly caFile: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long a write waits for a database that is closed before the client gets 503, in ms. */
  readonly patienceMs: number;
};
export type Application = { readonly url: string; close(): Promise<void> };

const CONNECTIONS = 4;
const STATEMENT_LIMIT_MS = 5_000;
const HEALTH_LIMIT_MS = 2_000;

type Answer = { readonly status: number; readonly body: object };

/** The sample application: `GET /api/database/health` and `POST /api/sessions`, on 127.0.0.1. */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const lanes = openLanes(CONNECTIONS, { ...options, limitMs: STATEMENT_LIMIT_MS });
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /api/database/health') return await answerHealth(options);
    if (route === 'POST /api/sessions') return await acceptSession(lanes, options.patienceMs, await text(request));
    return { status: 404, body: { error: `no ${route}` } };
  };
  const server = createServer((request, response) => {
    void answer(request)
      .catch((error: unknown) => ({ status: 503, body: { error: messageOf(error) } }))
      .then((result) => send(response, result));
  });
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(options.port, '127.0.0.1', () => resolve()),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the application listens on no TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await lanes.close();
    },
  };
}

/** On a connection of its own, so that health is asked of the address the file names now, not of an old session. */
async function answerHealth({ envFile, version, caFile }: ApplicationOptions): Promise<Answer> {
  const lane = openLane({ envFile, version, caFile, limitMs: HEALTH_LIMIT_MS });
  try {
    const body = await readHealth(lane);
    return { status: body.status === 'healthy' ? 200 : 503, body };
  } finally {
    await lane.close();
  }
}

async function acceptSession(lanes: Lanes, patienceMs: number, sent: string): Promise<Answer> {
  const read = sentWrite.safeParse(sent);
  if (!read.success) return { status: 400, body: { error: 'wanted { id: UUID, score: 0 to 100 }' } };
  const by = await withPatience(patienceMs, () =>
    lanes.use((client, address) => writeSession(client, address, read.data)),
  );
  return { status: 201, body: { id: read.data.id, by } };
}

/** What is no JSON is refused like any other malformed write. */
const sentWrite = z
  .string()
  .transform((sent, context): unknown => {
    try {
      return JSON.parse(sent);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  })
  .pipe(sessionWrite);

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
