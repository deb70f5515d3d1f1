import type { Filter, Parameter } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Engine } from '../engines.ts';
import { applyFilters } from '../filters.ts';
import type { ParameterGroupRecord } from '../state.ts';
import type { World } from '../world.ts';
import { knownParameters, type KnownParameter } from './known-parameters.ts';

/** The parameters of a group as Describe shows them; `source` is `user`, `system` or `engine-default`. */
export function parametersOf(
  world: World,
  { family, values }: ParameterGroupRecord,
  source?: string,
  filters?: readonly Filter[],
): Parameter[] {
  const engine = world.engines.find((one) => one.family === family);
  if (!engine) throw new Error(`no engine of family ${family} is installed`);
  const known = knownParameters(engine);
  const shown = [...known.values()].map((parameter) => describe(parameter, engine, values[parameter.name]));
  const ofExtensions = Object.entries(values).filter(([name]) => !known.has(name));
  for (const [name, value] of ofExtensions)
    shown.push({
      ParameterName: name,
      ParameterValue: value.value,
      ApplyMethod: value.method,
      Source: 'user',
      IsModifiable: true,
    });
  return applyFilters(
    shown.filter(({ Source }) => source === undefined || Source === validSource(source)),
    filters,
    {
      'parameter-name': ({ ParameterName }) => ParameterName,
    },
  );
}

function validSource(source: string): string {
  if (['user', 'system', 'engine-default'].includes(source)) return source;
  throw new ApiError('InvalidParameterValue', `Invalid Source: ${source}. Valid values: user, system, engine-default`);
}

function describe(
  known: KnownParameter,
  { version }: Engine,
  set: ParameterGroupRecord['values'][string] | undefined,
): Parameter {
  const value = set?.value ?? known.value;
  return {
    ParameterName: known.name,
    ...(value === undefined ? {} : { ParameterValue: value }),
    Description: known.description,
    Source: set ? 'user' : known.value === undefined ? 'engine-default' : 'system',
    ApplyType: known.isStatic ? 'static' : 'dynamic',
    DataType: known.type,
    ...(known.allowed === '' ? {} : { AllowedValues: known.allowed }),
    IsModifiable: known.isModifiable,
    MinimumEngineVersion: version,
    ApplyMethod: set?.method ?? 'pending-reboot',
  };
}
