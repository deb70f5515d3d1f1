import type { Parameter } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Engine } from '../engines.ts';
import { knownParameters, type KnownParameter } from './known-parameters.ts';
import { isFormula } from './server-settings.ts';

export type ParameterChange = {
  readonly known: KnownParameter;
  readonly value: string;
  readonly method: 'immediate' | 'pending-reboot';
};

/** Extensions bring parameters of their own, which the server knows only once they are loaded. */
const OF_EXTENSIONS = /^(pg_stat_statements|auto_explain|pgaudit|cron|pg_hint_plan)\.\w+$/;
/** ModifyDB(Cluster)ParameterGroup, API reference: "A maximum of 20 parameters can be modified in a single request." */
const MOST_PER_CALL = 20;

/** @throws ApiError when a parameter is unknown, not modifiable, out of range, or to be changed at once though static. */
export function validChanges(engine: Engine, parameters: readonly Parameter[]): ParameterChange[] {
  if (parameters.length === 0)
    throw new ApiError('InvalidParameterValue', 'The request must contain at least one parameter.');
  if (parameters.length > MOST_PER_CALL)
    throw new ApiError(
      'InvalidParameterValue',
      `At most ${MOST_PER_CALL} parameters can be modified in a single request; found ${parameters.length}.`,
    );
  return parameters.map((parameter) => validChange(engine, parameter));
}

function validChange(engine: Engine, { ParameterName, ParameterValue, ApplyMethod }: Parameter): ParameterChange {
  const name = ParameterName ?? '';
  const known = knownParameters(engine).get(name) ?? (OF_EXTENSIONS.test(name) ? ofExtension(name) : undefined);
  if (!known) throw new ApiError('InvalidParameterValue', `Could not find parameter with name: ${name}`);
  if (!known.isModifiable) throw new ApiError('InvalidParameterValue', `The parameter ${name} cannot be modified.`);
  if (ApplyMethod !== 'immediate' && ApplyMethod !== 'pending-reboot')
    throw new ApiError(
      'InvalidParameterValue',
      `The parameter ApplyMethod of ${name} must be immediate or pending-reboot.`,
    );
  if (ApplyMethod === 'immediate' && known.isStatic)
    throw new ApiError('InvalidParameterCombination', 'cannot use immediate apply method for static parameter');
  if (ParameterValue === undefined || !allows(known, ParameterValue))
    throw new ApiError(
      'InvalidParameterValue',
      `Invalid parameter value: ${ParameterValue} for: ${name} allowed values are: ${known.allowed}`,
    );
  return { known, value: ParameterValue, method: ApplyMethod };
}

function allows({ type, allowed }: KnownParameter, value: string): boolean {
  if (allowed === '' || (isFormula(value) && type !== 'boolean')) return true;
  if (type === 'boolean' || type === 'string') return allowed.split(',').includes(value);
  const [, low, high] = /^(-?[^-]+)-(.+)$/.exec(allowed) ?? [];
  const number = Number(value);
  return (
    value.trim() !== '' &&
    number >= Number(low) &&
    number <= Number(high) &&
    (type === 'float' || Number.isInteger(number))
  );
}

function ofExtension(name: string): KnownParameter {
  return { name, isStatic: false, isModifiable: true, type: 'string', allowed: '', description: '', value: undefined };
}
