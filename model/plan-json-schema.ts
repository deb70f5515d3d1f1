import { z } from 'zod';
import { planSchema } from './plan.ts';

/** A node of the JSON Schema, as far as faults and documents read it. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** The plan as an author writes it, as JSON Schema; draft 7 is what editors understand best. */
export const planJsonSchema = (): SchemaNode =>
  z.toJSONSchema(planSchema, {
    io: 'input',
    target: 'draft-07',
    override: ({ zodSchema, jsonSchema }) => {
      // Not a format of JSON Schema: validators refuse it, and the pattern beside it says the same.
      if (jsonSchema.format === 'starts_with') delete jsonSchema.format;
      // Left out for values that come out otherwise than they were written, such as durations; ours are all as written.
      const examples = z.globalRegistry.get(zodSchema)?.['examples'];
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  }) as SchemaNode;

/** The nodes that may describe the place at `path`: several where a list holds things of different kinds. */
export function nodesAt(path: readonly PropertyKey[], root: SchemaNode = planJsonSchema()): SchemaNode[] {
  return path.reduce<SchemaNode[]>((nodes, key) => nodes.flatMap((node) => children(node, key)), alternatives(root));
}

const alternatives = (node: SchemaNode): SchemaNode[] => [
  node,
  ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(alternatives),
];

function children(node: SchemaNode, key: PropertyKey): SchemaNode[] {
  const further = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  const child = typeof key === 'number' ? node.items : (node.properties?.[String(key)] ?? further);
  return child === undefined ? [] : alternatives(child);
}
