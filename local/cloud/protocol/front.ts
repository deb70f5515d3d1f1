import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode } from './decode.ts';
import { encode, encodeError } from './encode.ts';
import { ApiError } from './errors.ts';
import type { FaultEffect, Faults } from './faults.ts';
import type { Handlers, Op } from './handlers.ts';
import type { Journal } from './journal.ts';
import { operations, type Operation } from './operations.ts';
import { redact } from './redact.ts';
import { watchReads } from './watch-reads.ts';

export type Front = { readonly handlers: Handlers; readonly faults: Faults; readonly journal: Journal };

/** What becomes of one request: an answer to send, or a connection to cut. `result` is for the journal. */
type Outcome = { readonly result: string } & (
  { readonly status: number; readonly body: string } | { readonly cut: true }
);
type Request = { readonly id: string; readonly operation: Operation; readonly input: Record<string, unknown> };

/** An HTTP server that speaks the AWS Query protocol of RDS; not listening yet. */
export function apiFront(front: Front): Server {
  return createServer((request, response) => void answer(front, request, response));
}

async function answer(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = randomUUID();
  const at = new Date().toISOString();
  const form = await readForm(request);
  const name = form.get('Action') ?? '';
  let input: Record<string, unknown> = {};
  let outcome: Outcome;
  try {
    const operation = admit(name, form, request);
    input = decode(operation, form);
    outcome = await withFaults(front, { id, operation, input });
  } catch (error) {
    outcome = refusal(error, id);
  }
  const known = operations.get(name);
  front.journal.record({
    at,
    operation: name,
    invocation: String(request.headers['amz-sdk-invocation-id'] ?? ''),
    attempt: Number(/attempt=(\d+)/.exec(String(request.headers['amz-sdk-request']))?.[1] ?? 1),
    input: known ? (redact(known.input, input) as Record<string, unknown>) : {},
    result: outcome.result,
  });
  if ('cut' in outcome) request.socket.resetAndDestroy();
  else response.writeHead(outcome.status, { 'content-type': 'text/xml', 'x-amzn-requestid': id }).end(outcome.body);
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function admit(name: string, form: URLSearchParams, request: IncomingMessage): Operation {
  const operation = operations.get(name);
  if (!operation)
    throw new ApiError(
      'InvalidAction',
      `Could not find operation ${name} for version ${form.get('Version') ?? '(none)'}`,
    );
  if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential='))
    throw new ApiError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  return operation;
}

async function withFaults(front: Front, request: Request): Promise<Outcome> {
  const effect: FaultEffect | undefined = front.faults.strike(request.operation.name, request.input);
  if (effect && 'error' in effect)
    throw new ApiError(effect.error, effect.message ?? `injected ${effect.error}`, effect.status);
  if (effect && 'body' in effect) return { result: 'body', ...effect };
  if (effect && 'reset' in effect && effect.reset === 'before') return { result: 'reset before', cut: true };
  if (effect && 'delayMs' in effect) await sleep(effect.delayMs);
  const body = await carryOut(front.handlers, request);
  if (effect && 'reset' in effect) return { result: 'reset after', cut: true };
  return { result: 'ok', status: 200, body };
}

async function carryOut(handlers: Handlers, { id, operation, input }: Request): Promise<string> {
  const handler = handlers[operation.name as Op] as ((i: object) => () => Promise<object>) | undefined;
  if (!handler) throw new ApiError('InvalidAction', `The local cloud does not implement ${operation.name}.`, 501);
  const watched = watchReads(input);
  const deed = handler(watched.input);
  const [unread] = watched.unread();
  if (unread !== undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      `The local cloud does not model ${unread} of ${operation.name}.`,
      501,
    );
  return encode(operation, { ...(await deed()) }, id);
}

function refusal(error: unknown, id: string): Outcome {
  const known = error instanceof ApiError ? error : new ApiError('InternalFailure', String(error), 500);
  if (known !== error) console.error(error);
  return { result: known.code, status: known.status, body: encodeError(known, id) };
}
