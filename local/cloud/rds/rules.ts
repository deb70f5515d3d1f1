import { ApiError } from '../protocol/errors.ts';

/**
 * Refusals that depend on one value alone. Texts are those of the service where they are known from public reports;
 * FIDELITY.md lists the ones that are not.
 */

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, DBInstanceIdentifier */
export function validIdentifier(parameter: string, value: string, longest = 63): string {
  if (value.length <= longest && /^[A-Za-z](-?[A-Za-z0-9]+)*$/.test(value)) return value.toLowerCase();
  throw new ApiError(
    'InvalidParameterValue',
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
  );
}

/** Snapshots and parameter groups may have names of 255 characters. */
export function validLongIdentifier(parameter: string, value: string): string {
  return validIdentifier(parameter, value, 255);
}

/** Master user of an instance: 1–63 letters, digits, underscores; of a cluster: 1–16 letters and digits (API reference). */
export function validMasterUser(value: string | undefined, of: 'instance' | 'cluster'): string {
  if (!value)
    throw new ApiError('InvalidParameterValue', 'The parameter MasterUsername must be provided and must not be blank.');
  const allowed = of === 'instance' ? /^[A-Za-z]\w{0,62}$/ : /^[A-Za-z][A-Za-z0-9]{0,15}$/;
  if (!allowed.test(value))
    throw new ApiError('InvalidParameterValue', `The parameter MasterUsername is not a valid identifier: ${value}`);
  if (/^(admin|rdsadmin|rds_.*|pg_.*|public|none)$/i.test(value))
    throw new ApiError(
      'InvalidParameterValue',
      `MasterUsername ${value} cannot be used as it is a reserved word used by the engine`,
    );
  return value;
}

export function validPassword(value: string | undefined): string {
  if (!value)
    throw new ApiError(
      'InvalidParameterValue',
      'The parameter MasterUserPassword must be provided and must not be blank.',
    );
  if (value.length < 8)
    throw new ApiError(
      'InvalidParameterValue',
      'The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.',
    );
  if (value.length > 128)
    throw new ApiError(
      'InvalidParameterValue',
      'The parameter MasterUserPassword is not a valid password because it is longer than 128 characters.',
    );
  if (!/^[!-~]*$/.test(value) || /[/@"]/.test(value))
    throw new ApiError(
      'InvalidParameterValue',
      `The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`,
    );
  return value;
}

export function validDatabaseName(parameter: string, value: string | undefined): string | undefined {
  if (value === undefined || /^[A-Za-z_]\w{0,62}$/.test(value)) return value;
  throw new ApiError(
    'InvalidParameterValue',
    `${parameter} must begin with a letter or underscore and contain only alphanumeric characters: ${value}`,
  );
}

export function inRange(parameter: string, value: number, [low, high]: readonly [number, number]): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new ApiError('InvalidParameterValue', `Invalid ${parameter}: ${value}. Must be between ${low} and ${high}.`);
}

/** `SkipFinalSnapshot` or the name of a final snapshot, never both and never neither. */
export function finalSnapshotChoice(
  skip: boolean | undefined,
  name: string | undefined,
  parameter: string,
): string | undefined {
  if (skip === true && name !== undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      `${parameter} can not be specified when deleting with SkipFinalSnapshot enabled.`,
    );
  if (skip !== true && name === undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      `${parameter} is required unless SkipFinalSnapshot is specified.`,
    );
  return name === undefined ? undefined : validLongIdentifier(parameter, name);
}
