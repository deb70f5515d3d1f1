import { placedFault, type PlacedFault } from './plan-faults.ts';
import { secretRef } from './plan-values.ts';
import { isSecretKey } from './plan-words.ts';

type Path = readonly (string | number)[];

/** Passwords in free texts of a plan (tags, parameters, addresses), where the schema alone would let them through. */
export function literalSecrets(value: unknown, path: Path = []): PlacedFault[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => literalSecrets(item, [...path, i]));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => literalSecrets(item, [...path, key]));
  if (typeof value !== 'string' || !looksSecret(path, value)) return [];
  return [
    placedFault(path, {
      found: `what looks like a literal secret, of ${value.length} characters, not shown`,
      wanted: 'no secret in a plan: it is kept in history and in reports',
      remedy: 'take it out; where a password is needed, name its place: env:NAME, file:PATH or a Secrets Manager ARN',
    }),
  ];
}

const isReference = (value: string): boolean => value === 'managed' || secretRef.safeParse(value).success;

const looksSecret = (path: Path, value: string): boolean =>
  !isReference(value) &&
  (isSecretKey(path.slice(-1)) ||
    /:\/\/[^/\s:@]*:[^/\s@]+@/.test(value) ||
    /\b(password|passwd|pwd|secret|token)\s*[=:]\s*\S/i.test(value));
