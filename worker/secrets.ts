import { readFile } from 'node:fs/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ApplicationFailure } from '@temporalio/common';
import type { SecretRef } from '../model/plan-values.ts';
import type { Clients } from '../activities/clients.ts';
import { failure } from '../activities/failure.ts';
import { rdsFailure } from '../activities/rds/rds-failure.ts';

/**
 * `arn:aws:secretsmanager:<region>:<account>:secret:<name>`, and behind it the field of a JSON secret as ECS writes it
 * (`…:secret:db-Ab12Cd:password`). A secret's name holds no colon.
 */
const ARN = /^(?<arn>arn:aws[a-z-]*:secretsmanager:(?<region>[^:]+):\d+:secret:[^:]+)(?::(?<field>[^:]*)(?::.*)?)?$/;
const DEFAULT_FIELD = 'password';

/** Resolves references at each use, so that a rotated secret is seen. Throws `SecretMissing` with the reference alone. */
export function secretReader(env: Readonly<Record<string, string | undefined>>): Clients['readSecret'] {
  const managers = new Map<string, SecretsManagerClient>();
  const managerOf = (region: string): SecretsManagerClient => {
    const known = managers.get(region) ?? new SecretsManagerClient({ region });
    managers.set(region, known);
    return known;
  };
  return async (ref) => {
    if (ref.startsWith('env:')) return present(ref, env[ref.slice('env:'.length)], 'the worker has no such variable');
    if (ref.startsWith('file:')) return await readSecretFile(ref);
    const { arn, region, field } = ARN.exec(ref)?.groups ?? {};
    if (arn === undefined || region === undefined)
      throw failure('SecretMissing', `${ref} is no reference: wanted env:NAME, file:PATH or a Secrets Manager ARN`);
    return fieldOf(ref, await readManaged(ref, arn, managerOf(region)), field);
  };
}

async function readSecretFile(ref: SecretRef): Promise<string> {
  try {
    return present(ref, (await readFile(ref.slice('file:'.length), 'utf8')).replace(/\r?\n$/, ''), 'the file is empty');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw failure('SecretMissing', `${ref}: the worker cannot read that file (${String(error.code)})`);
  }
}

async function readManaged(ref: SecretRef, arn: string, manager: SecretsManagerClient): Promise<string> {
  try {
    const { SecretString } = await manager.send(new GetSecretValueCommand({ SecretId: arn }));
    return present(ref, SecretString, 'the secret holds no text');
  } catch (error) {
    const translated = rdsFailure(error, { what: `read ${ref}` });
    if (translated instanceof ApplicationFailure && translated.type === 'ControlPlaneRefused')
      throw failure('SecretMissing', translated.message);
    throw translated;
  }
}

/** A secret that RDS manages is JSON with `username` and `password`; one made by hand may be the bare password. */
function fieldOf(ref: SecretRef, text: string, field: string | undefined): string {
  const fields = jsonObject(text);
  if (field === undefined || field === '') {
    const password = fields?.[DEFAULT_FIELD];
    return typeof password === 'string' ? password : text;
  }
  const value = fields?.[field];
  return present(ref, typeof value === 'string' ? value : undefined, `the secret has no text in field ${field}`);
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null; // a bare password
  }
}

function present(ref: SecretRef, value: string | undefined, why: string): string {
  if (value !== undefined && value !== '') return value;
  throw failure('SecretMissing', `${ref}: ${why}`);
}
