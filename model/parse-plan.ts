import { isAlias, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { freeze } from './freeze.ts';
import { literalSecrets } from './literal-secrets.ts';
import type { PlanFault } from './plan-fault.ts';
import { faultsOf, wantedWords, type Path, type PlacedFault, type Read } from './plan-faults.ts';
import { planSchema, type MigrationPlan } from './plan.ts';

export type { PlanFault } from './plan-fault.ts';

export type ParsedPlan = { readonly plan: MigrationPlan } | { readonly faults: readonly PlanFault[] };

/** Reads a plan. All faults are reported at once, in the order of the text; a plan without fault comes out complete and frozen. */
export function parsePlan(text: string): ParsedPlan {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = syntaxFaults(document, lines);
  if (syntax.length > 0) return { faults: syntax };

  const value = plainValue(document);
  if (value instanceof ReferenceError) return { faults: [aliasFault(value)] };
  const result = planSchema.safeDecode(value as z.input<typeof planSchema>, { error: wantedWords });
  const found = result.success ? [] : result.error.issues.flatMap((issue) => faultsOf(issue, reader(document, value)));
  const told = new Set(found.map(({ fault }) => fault.path));
  const secrets = literalSecrets(value).filter(({ fault }) => !told.has(fault.path));
  if (result.success && secrets.length === 0) return { plan: freeze(result.data) };
  return { faults: [...found, ...secrets].map((one) => placed(one, document, lines)).toSorted(byPlace) };
}

function syntaxFaults(document: Document, lines: LineCounter): PlanFault[] {
  if (document.errors.length === 0 && document.contents === null)
    return [{ path: '', found: 'an empty file', wanted: 'a plan', remedy: 'let daybreak init write one' }];
  return [...document.errors, ...document.warnings].map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return {
      path: '',
      found: message,
      wanted: 'YAML that reads in one way',
      remedy: 'correct the line',
      line,
      column: col,
    };
  });
}

/** The library throws for an alias without anchor, and where aliases multiply without bound. */
function plainValue(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof ReferenceError) return error;
    throw error;
  }
}

const aliasFault = ({ message }: ReferenceError): PlanFault => ({
  path: '',
  found: message,
  wanted: 'aliases that name an anchor before them',
  remedy: 'write the value out',
});

/** Numbers are shown as written: YAML reads `15.10` as 15.1 and drops leading zeros. */
const reader =
  (document: Document, value: unknown): Read =>
  (keys) => {
    const node = keys.length === 0 ? document.contents : document.getIn(keys, true);
    const written = isScalar(node) && typeof node.value === 'number' ? node.source : undefined;
    const plain = keys.reduce<unknown>((at, key) => (Object(at) as Record<PropertyKey, unknown>)[key], value);
    return { value: plain, ...(written === undefined ? {} : { written }) };
  };

/** The place of the value; of the nearest mapping around it where it is missing. */
function placed({ keys, fault }: PlacedFault, document: Document, lines: LineCounter): PlanFault {
  const offset = offsetOf(keys, document);
  if (offset === undefined) return fault;
  const { line, col } = lines.linePos(offset);
  return { ...fault, line, column: col };
}

function offsetOf(keys: Path, document: Document): number | undefined {
  const parent = keys.length === 0 ? undefined : document.getIn(keys.slice(0, -1), true);
  const holder = keys.length === 1 ? document.contents : parent;
  if (isMap(holder)) {
    const pair = holder.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === keys.at(-1));
    if (pair && isNode(pair.key)) return pair.key.range?.[0];
  }
  const node = keys.length === 0 ? document.contents : document.getIn(keys, true);
  if (isNode(node) && !isAlias(node)) return node.range?.[0];
  return keys.length === 0 ? undefined : offsetOf(keys.slice(0, -1), document);
}

const byPlace = (one: PlanFault, other: PlanFault): number =>
  (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
