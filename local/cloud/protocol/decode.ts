import { ApiError } from './errors.ts';
import type { Operation } from './operations.ts';
import { isFlattened, requiredMembers, wireName, type Schema } from './schema.ts';

/** `Tags.Tag.1.Key=a` as a tree: Tags → Tag → 1 → Key = a. */
type Node = { value?: string; readonly children: Map<string, Node> };

/**
 * Reads a form body of the AWS Query protocol into the operation's input.
 * @throws ApiError `MissingParameter` for a required member that is absent, `ValidationError` for an unknown member or
 * a value of the wrong type; the message names the member by path.
 */
export function decode(operation: Operation, form: URLSearchParams): Record<string, unknown> {
  if (operation.input.isUnitSchema()) return {};
  const root: Node = { children: new Map() };
  for (const [key, value] of form) {
    if (key === 'Action' || key === 'Version') continue;
    plant(root, key.split('.')).value = value;
  }
  return readStructure(operation.input, root, '');
}

function plant(root: Node, path: readonly string[]): Node {
  let node = root;
  for (const part of path) {
    let child = node.children.get(part);
    if (!child) {
      child = { children: new Map() };
      node.children.set(part, child);
    }
    node = child;
  }
  return node;
}

function read(schema: Schema, node: Node, path: string): unknown {
  if (schema.isStructSchema()) return readStructure(schema, node, path);
  if (schema.isListSchema()) return readList(schema, node, path);
  if (schema.isMapSchema()) return readMap(schema, node, path);
  return readScalar(schema, node.value ?? '', path);
}

function readStructure(schema: Schema, node: Node, path: string): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const unknown = new Set(node.children.keys());
  for (const [name, member] of schema.structIterator()) {
    const wire = wireName(member, name);
    const child = node.children.get(wire);
    unknown.delete(wire);
    if (child) input[name] = read(member, child, join(path, name));
  }
  const [stranger] = unknown;
  if (stranger !== undefined) throw new ApiError('ValidationError', `Unknown parameter ${join(path, stranger)}`);
  const missing = requiredMembers(schema).find((name) => input[name] === undefined);
  if (missing !== undefined)
    throw new ApiError('MissingParameter', `The request must contain the parameter ${join(path, missing)}.`);
  return input;
}

function readList(schema: Schema, node: Node, path: string): unknown[] {
  const item = schema.getValueSchema();
  // AWS takes the list's own item name as well as the protocol's default, `member`.
  const holder = isFlattened(schema)
    ? node
    : (node.children.get(wireName(item, 'member')) ?? node.children.get('member'));
  return [...(holder?.children ?? [])]
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([index, child]) => read(item, child, join(path, index)));
}

function readMap(schema: Schema, node: Node, path: string): Record<string, unknown> {
  const entries = (node.children.get('entry') ?? node).children;
  const map: Record<string, unknown> = {};
  for (const entry of entries.values()) {
    const key = entry.children.get('key')?.value;
    const value = entry.children.get('value');
    if (key !== undefined && value) map[key] = read(schema.getValueSchema(), value, join(path, key));
  }
  return map;
}

function readScalar(schema: Schema, value: string, path: string): unknown {
  if (schema.isBooleanSchema()) {
    if (value !== 'true' && value !== 'false') throw malformed(path, value, 'true or false');
    return value === 'true';
  }
  if (schema.isNumericSchema()) {
    if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) throw malformed(path, value, 'a number');
    return Number(value);
  }
  if (schema.isTimestampSchema()) {
    const date = new Date(value);
    if (Number.isNaN(date.getTime())) throw malformed(path, value, 'a timestamp');
    return date;
  }
  if (schema.isBlobSchema()) return Buffer.from(value, 'base64');
  return value;
}

function malformed(path: string, value: string, wanted: string): ApiError {
  return new ApiError('ValidationError', `Invalid value ${JSON.stringify(value)} for ${path}: must be ${wanted}`);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
