import * as sdk from '@aws-sdk/client-rds';
import { schemaOf, type Schema } from './schema.ts';

/** One operation of the RDS API, as `@aws-sdk/client-rds` describes it. */
export type Operation = { readonly name: string; readonly input: Schema; readonly output: Schema };

/** Kinds of static schema in the SDK's generated arrays: the first element says which. */
const OPERATION = 9;

/** Every operation the SDK knows (168 in 3.1169.0), by name. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.values(sdk as Record<string, unknown>)
    .filter((value): value is unknown[] => Array.isArray(value) && value[0] === OPERATION)
    .map((raw) => [String(raw[2]), { name: String(raw[2]), input: schemaOf(raw[4]), output: schemaOf(raw[5]) }]),
);
