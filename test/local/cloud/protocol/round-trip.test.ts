import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as sdk from '@aws-sdk/client-rds';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../../../local/cloud/protocol/decode.ts';
import { encode, encodeError } from '../../../../local/cloud/protocol/encode.ts';
import { ApiError, errors } from '../../../../local/cloud/protocol/errors.ts';
import { operations } from '../../../../local/cloud/protocol/operations.ts';
import { requiredMembers, type Schema } from '../../../../local/cloud/protocol/schema.ts';

/** What the server under test answers with, and what it understood. */
const wire: { output: object; refusal: string | undefined; understood: unknown } = {
  output: {},
  refusal: undefined,
  understood: undefined,
};
let server: Server;
let client: sdk.RDSClient;
type AnyCommand = ConstructorParameters<typeof sdk.DescribeDBInstancesCommand>[0];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
  const operation = operations.get(form.get('Action') ?? '');
  if (!operation) throw new Error('no operation');
  wire.understood = decode(operation, form);
  const refusal = wire.refusal === undefined ? undefined : new ApiError(wire.refusal, 'why <&> "not"');
  const body = refusal ? encodeError(refusal, 'id') : encode(operation, { ...wire.output }, 'id');
  response.writeHead(refusal?.status ?? 200, { 'content-type': 'text/xml' }).end(body);
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client = new sdk.RDSClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

function commandOf(name: string, input: object): sdk.DescribeDBInstancesCommand {
  const Command = (sdk as Record<string, unknown>)[`${name}Command`] as new (
    i: AnyCommand,
  ) => sdk.DescribeDBInstancesCommand;
  return new Command(structuredClone(input));
}

/** Text with everything XML and form encoding could trip over. An empty string cannot be told from an empty element. */
const text = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      '&',
      '<',
      '>',
      '"',
      "'",
      '+',
      '%',
      '=',
      'é',
      '漢',
      '😀',
      '\n',
      '\t',
      '.',
      ':',
      '/',
      ';',
      '\u0085',
    ),
    { maxLength: 8 },
  )
  .map((characters) => `x${characters.join('')}y`);

/**
 * A value of the type that `schema` describes. The one thing the protocol cannot say is a structure or map
 * without any member, so these have at least one.
 */
function valueOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.isStructSchema()) return structureOf(schema, depth);
  if (schema.isListSchema())
    return fc.array(valueOf(schema.getValueSchema(), depth + 1), { maxLength: depth > 4 ? 0 : 3 });
  if (schema.isMapSchema())
    return fc.dictionary(fc.constantFrom('k1', 'k2'), valueOf(schema.getValueSchema(), depth + 1), { minKeys: 1 });
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isNumericSchema()) return fc.integer();
  if (schema.isTimestampSchema()) return fc.integer({ min: 0, max: 2e12 }).map((ms) => new Date(ms));
  if (schema.isBlobSchema()) return fc.uint8Array({ minLength: 1 });
  return text;
}

function structureOf(schema: Schema, depth: number): fc.Arbitrary<object> {
  const members = [...schema.structIterator()];
  if (members.length === 0) return fc.constant({});
  const first = members[0]?.[0] ?? '';
  const model = Object.fromEntries(
    members.map(([name, member]) => [name, fc.constant(null).chain(() => valueOf(member, depth + 1))]),
  );
  const always = depth === 0 ? requiredMembers(schema) : [...new Set([first, ...requiredMembers(schema)])];
  return fc.record(model, { requiredKeys: always as never[] });
}

test('the SDK has 168 operations and 150 errors', () => {
  expect([operations.size, errors.size]).toEqual([168, 150]);
});

describe.each([...operations.values()])('$name', ({ name, input, output }) => {
  test('arrives as it was sent and returns as it was answered', async () => {
    const asked = input.isUnitSchema() ? fc.constant({}) : structureOf(input, 0);
    const answered = output.isUnitSchema() ? fc.constant({}) : structureOf(output, 0);
    await fc.assert(
      fc.asyncProperty(asked, answered, async (question, reply) => {
        wire.refusal = undefined;
        wire.output = reply;
        const { $metadata, ...received } = await client.send(commandOf(name, question));
        expect($metadata.httpStatusCode).toBe(200);
        expect(wire.understood).toEqual(question);
        expect(received).toEqual(reply);
      }),
      { numRuns: 6 },
    );
  });
});

test.each([...errors])('%s arrives as that class, with its message and status', async (shape, { code, status }) => {
  wire.refusal = shape;
  const Shape = (sdk as Record<string, unknown>)[shape] as new () => Error;
  const error: unknown = await client.send(new sdk.DescribeDBInstancesCommand({})).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Shape);
  expect(error).toMatchObject({
    name: shape,
    Code: code,
    message: 'why <&> "not"',
    $metadata: { httpStatusCode: status },
  });
});

test.each([
  ['DBInstanceNotFoundFault', 'DBInstanceNotFound', 404],
  ['InvalidDBInstanceStateFault', 'InvalidDBInstanceState', 400],
  ['DBSnapshotAlreadyExistsFault', 'DBSnapshotAlreadyExists', 400],
  ['DBClusterAlreadyExistsFault', 'DBClusterAlreadyExistsFault', 400],
  ['InstanceQuotaExceededFault', 'InstanceQuotaExceeded', 400],
])('%s travels under the code the API reference gives it, %s', (shape, code, status) => {
  expect(errors.get(shape)).toEqual({ code, status, fault: 'client' });
});

test('an error the model does not know keeps its code as its name', async () => {
  wire.refusal = 'InvalidParameterCombination';
  await expect(client.send(new sdk.DescribeDBInstancesCommand({}))).rejects.toMatchObject({
    name: 'InvalidParameterCombination',
    $metadata: { httpStatusCode: 400 },
  });
});
