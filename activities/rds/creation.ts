import { call, rdsErrorName, type CallSubject } from './rds-failure.ts';
import { missing } from './waiting.ts';

export interface Creation<Resource> {
  /** For people: `cluster mindmeasure-aurora`. */
  readonly what: string;
  readonly secret?: string;
  readonly find: () => Promise<Resource | null>;
  readonly create: () => Promise<unknown>;
  /** Throws unless what stands there is ours and as we would have made it. */
  readonly adopt: (found: Resource) => void;
  readonly alreadyExists: string;
  readonly intervalMs: number;
}

/**
 * Makes a resource unless it is there. RDS has no idempotency tokens: an answer lost on the way makes the SDK ask again by
 * itself and hear "already exists", so that what exists is adopted when it is ours and refused when it is not.
 */
export async function ensure<Resource>(creation: Creation<Resource>): Promise<'made' | 'adopted'> {
  const { what, find, create, adopt, alreadyExists, intervalMs } = creation;
  const before = await find();
  if (before !== null) {
    adopt(before);
    return 'adopted';
  }
  if (await made(creation, create, alreadyExists)) return 'made';
  const rival = await find();
  if (rival === null) throw missing(what, intervalMs);
  adopt(rival);
  return 'adopted';
}

async function made(
  { what, secret }: Pick<CallSubject, 'what' | 'secret'>,
  create: () => Promise<unknown>,
  alreadyExists: string,
): Promise<boolean> {
  return await call({ what: `create ${what}`, ...(secret === undefined ? {} : { secret }) }, async () => {
    try {
      await create();
      return true;
    } catch (error) {
      if (rdsErrorName(error) === alreadyExists) return false;
      throw error;
    }
  });
}
