import { execa } from 'execa';
import { join } from 'node:path';

/** A setting as the server itself describes it. */
export type ServerParameter = {
  readonly name: string;
  /** Static ones take effect at a restart only. */
  readonly isStatic: boolean;
  /** Set by the build or the running system; no configuration file can change it. */
  readonly isInternal: boolean;
  readonly type: 'boolean' | 'integer' | 'float' | 'string';
  readonly min: string;
  readonly max: string;
  readonly description: string;
};

const TYPES: Readonly<Record<string, ServerParameter['type']>> = {
  BOOLEAN: 'boolean',
  INTEGER: 'integer',
  REAL: 'float',
};

/**
 * All settings of the server in `bin`, from `postgres --describe-config`; no server needs to run. That output has no
 * true default values (it is printed before they are computed) and no values of enumerations.
 */
export async function parameterCatalogue(bin: string): Promise<ReadonlyMap<string, ServerParameter>> {
  const { stdout } = await execa(join(bin, 'postgres'), ['--describe-config']);
  const rows = stdout.split('\n').map((line) => line.split('\t'));
  return new Map(rows.map((row) => [row[0] ?? '', parameterOf(row)]));
}

/** Numbers come with two columns more than other types: the lowest and the highest value. */
function parameterOf([
  name = '',
  context = '',
  ,
  type = '',
  ,
  min = '',
  max = '',
  description = '',
]: readonly string[]): ServerParameter {
  return {
    name,
    isStatic: context === 'postmaster',
    isInternal: context === 'internal',
    type: TYPES[type] ?? 'string',
    min,
    max,
    description,
  };
}
