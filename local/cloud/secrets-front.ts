import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { World } from './rds/world.ts';

const question = z.object({ SecretId: z.string() });

/** So much of Secrets Manager that a managed master password can be read: GetSecretValue, in AWS JSON 1.1. */
export function secretsFront(world: World): Server {
  return createServer((request, response) => void answer(world, request, response));
}

async function answer({ state }: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const send = (status: number, body: object): void =>
    void response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
      .end(JSON.stringify(body));
  if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
    return send(400, { __type: 'InvalidRequestException', message: 'The local cloud knows GetSecretValue only.' });
  const asked = question.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  if (!asked.success) return send(400, { __type: 'InvalidParameterException', message: 'SecretId is missing.' });
  const { SecretId } = asked.data;
  const found = Object.entries(state.secrets).find(([arn, { name }]) => arn === SecretId || name === SecretId);
  if (!found)
    return send(400, {
      __type: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  const [ARN, { name: Name, value: SecretString }] = found;
  return send(200, { ARN, Name, SecretString, VersionId: randomUUID(), VersionStages: ['AWSCURRENT'] });
}
