import { randomBytes } from 'node:crypto';
import type { MasterUserSecret } from '@aws-sdk/client-rds';
import { ApiError } from '../protocol/errors.ts';
import { validPassword } from './rules.ts';
import type { World } from './world.ts';

export type ChosenPassword = { readonly value: string; readonly managed: boolean; readonly key: string | undefined };
type PasswordInput = {
  MasterUserPassword?: string | undefined;
  ManageMasterUserPassword?: boolean | undefined;
  MasterUserSecretKmsKeyId?: string | undefined;
};

/** The caller's password, or one that the service makes and keeps as a secret. */
export function choosePassword(input: PasswordInput): ChosenPassword {
  const key = input.MasterUserSecretKmsKeyId;
  if (input.ManageMasterUserPassword !== true)
    return { value: validPassword(input.MasterUserPassword), managed: false, key };
  if (input.MasterUserPassword !== undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      "You can't specify both ManageMasterUserPassword and MasterUserPassword.",
    );
  return { value: randomBytes(24).toString('base64url'), managed: true, key };
}

/** Keeps a managed password under the name AWS would give it. */
export function secretOf(
  { state }: World,
  id: string,
  resource: { MasterUsername: string; DbiResourceId?: string | undefined; DbClusterResourceId?: string | undefined },
  password: ChosenPassword,
): MasterUserSecret {
  const name = `rds!${resource.DbClusterResourceId ? 'cluster' : 'db'}-${id}-${randomBytes(6).toString('hex')}`;
  const arn = `arn:aws:secretsmanager:${state.region}:${state.account}:secret:${name}-${randomBytes(3).toString('hex')}`;
  state.secrets[arn] = { name, value: JSON.stringify({ username: resource.MasterUsername, password: password.value }) };
  const key = password.key ?? `arn:aws:kms:${state.region}:${state.account}:key/aws-secretsmanager-default`;
  return { SecretArn: arn, SecretStatus: 'active', KmsKeyId: key };
}

/** The password a modification asks for, if any. Unlike an instance's, a cluster's is changed only at once. */
export function changedPassword(input: PasswordInput, immediately: boolean): ChosenPassword | undefined {
  const { MasterUserPassword: given, ManageMasterUserPassword: manage } = input;
  if (given === undefined && manage !== true) return undefined;
  if (!immediately)
    throw new ApiError(
      'InvalidParameterCombination',
      'The local cloud has no maintenance windows: a new master password needs ApplyImmediately.',
    );
  return choosePassword(input);
}
