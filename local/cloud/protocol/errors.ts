import * as sdk from '@aws-sdk/client-rds';
import { schemaOf } from './schema.ts';

/** How an error travels. `code` differs from the shape's name for about half of them. */
export type ErrorShape = { readonly code: string; readonly status: number; readonly fault: 'client' | 'server' };

const ERROR = -3;
/** Base class of the client's exceptions, not an error the service sends. */
const BASE = 'RDSServiceException';

/** The 150 errors of the service model, by shape name. */
export const errors: ReadonlyMap<string, ErrorShape> = new Map(
  Object.values(sdk as Record<string, unknown>)
    .filter((value): value is unknown[] => Array.isArray(value) && value[0] === ERROR && value[2] !== BASE)
    .map((raw) => [String(raw[2]), errorShape(raw)]),
);

function errorShape(raw: unknown[]): ErrorShape {
  const traits = schemaOf(raw).getMergedTraits() as {
    awsQueryError?: [string, number];
    httpError?: number;
    error?: 'client' | 'server';
  };
  const [code, status] = traits.awsQueryError ?? [String(raw[2]), traits.httpError ?? 400];
  return { code, status, fault: traits.error ?? 'client' };
}

/**
 * A refusal as the API sends it. Name a modelled error by its shape (`DBInstanceNotFoundFault`), so that its code and
 * status come from the model; name one the model does not have (`InvalidParameterCombination`) by its code.
 */
export class ApiError extends Error {
  readonly shape: string;
  readonly code: string;
  readonly status: number;
  readonly fault: 'client' | 'server';

  constructor(shape: string, message: string, status?: number) {
    super(message);
    this.name = 'ApiError';
    const known = errors.get(shape);
    this.shape = shape;
    this.code = known?.code ?? shape;
    this.status = status ?? known?.status ?? 400;
    this.fault = known?.fault ?? (this.status >= 500 ? 'server' : 'client');
  }
}
