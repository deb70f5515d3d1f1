import { closestMatch } from 'leven';
import { z } from 'zod';
import { foundWords, isSecretKey, yamlScalar } from './plan-words.ts';
import type { PlanFault } from './plan-fault.ts';
import { nodesAt } from './plan-json-schema.ts';

type Issue = z.core.$ZodIssue;
export type Path = readonly PropertyKey[];
/** A fault with its place as keys, so that a text's line can be found for it. */
export interface PlacedFault {
  readonly keys: Path;
  readonly fault: PlanFault;
}

export const placedFault = (keys: Path, words: Pick<PlanFault, 'found' | 'wanted' | 'remedy'>): PlacedFault => ({
  keys,
  fault: { path: keys.length === 0 ? '' : z.core.toDotPath(keys), ...words },
});

/** What the schema says in a word where it gives no message of its own; every message reads after "wanted". */
export function wantedWords(issue: z.core.$ZodRawIssue): string | undefined {
  const kinds: Record<string, string> = {
    string: 'a text',
    object: 'a mapping',
    array: 'a list',
    int: 'a whole number',
  };
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? `a ${String(issue.expected)}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'invalid_union':
      return `one of ${discriminators(issue)}`;
    default:
      return undefined;
  }
}

const discriminators = (issue: z.core.$ZodRawIssue): string =>
  'options' in issue && Array.isArray(issue.options) ? issue.options.join(', ') : 'the forms the reference lists';

/** What the author wrote at a place; `written` is the very text where the plan came as text: `15.10` is the number 15.1. */
export interface Written {
  readonly value: unknown;
  readonly written?: string;
}
export type Read = (keys: Path) => Written;

/** Reads a value that came without a text. */
export const valueAt =
  (document: unknown): Read =>
  (keys) => ({
    value: keys.reduce<unknown>((node, key) => (Object(node) as Record<PropertyKey, unknown>)[key], document),
  });

/** Faults of one issue: unknown keys come as one issue and are one fault each. */
export function faultsOf(issue: Issue, read: Read): PlacedFault[] {
  const { path, message: wanted } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === 'invalid_key') {
    const found = `the key ${String(path.at(-1))}`;
    return [placedFault(path, { found, wanted: issue.issues[0]?.message ?? wanted, remedy: 'correct the key' })];
  }
  if (issue.code === 'custom' && typeof issue.params?.['remedy'] === 'string')
    return [placedFault(path, { found: String(issue.params['found']), wanted, remedy: issue.params['remedy'] })];
  const { value, written } = read(path);
  if (value === undefined) return [placedFault(path, { found: 'nothing', wanted, remedy: add(path) })];
  const shown = isSecretKey(path) ? undefined : written;
  return [placedFault(path, { found: shown ?? foundWords(path, value), wanted, remedy: correct(path, value, shown) })];
}

function unknownKey(parent: Path, key: string): PlacedFault {
  const known = [...new Set(nodesAt(parent).flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const nearest = closestMatch(key, known, { maxDistance: 3 });
  return placedFault([...parent, key], {
    found: `the key ${key}`,
    wanted: `one of ${known.join(', ')}`,
    remedy: nearest === undefined ? 'remove it' : `write ${nearest} instead`,
  });
}

const exampleAt = (path: Path): unknown =>
  nodesAt(path).flatMap(({ examples, default: fallback }) => examples ?? (fallback === undefined ? [] : [fallback]))[0];

function add(path: Path): string {
  const example = exampleAt(path);
  const key = String(path.at(-1));
  return example === undefined ? `add ${key}` : `add it, for example ${key}: ${yamlScalar(example)}`;
}

function correct(path: Path, value: unknown, written = String(value)): string {
  if (isSecretKey(path))
    return 'put the secret where the worker runs and name only its place, for example env:SOURCE_PASSWORD';
  const nodes = nodesAt(path);
  const asText = nodes.some(({ type, pattern }) => type === 'string' && new RegExp(pattern ?? '').test(written));
  if ((typeof value === 'number' || typeof value === 'boolean') && asText) return `put it in quotes: "${written}"`;
  const choices = nodes.flatMap((node) => node.enum ?? (node.const === undefined ? [] : [node.const])).map(String);
  const nearest = closestMatch(written, choices, { maxDistance: 3 });
  if (nearest !== undefined) return `write ${nearest} instead`;
  const example = exampleAt(path);
  if (example !== undefined) return `write for example ${yamlScalar(example)}`;
  return choices.length > 0 ? 'choose one of them' : 'correct it';
}
