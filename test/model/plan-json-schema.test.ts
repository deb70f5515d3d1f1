import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { nodesAt, planJsonSchema, type SchemaNode } from '../../model/plan-json-schema.ts';
import { isSecretKey } from '../../model/plan-words.ts';

interface Leaf {
  readonly path: string;
  readonly node: SchemaNode;
}

function leaves(node: SchemaNode, path = ''): Leaf[] {
  const kinds = [...(node.oneOf ?? []), ...(node.items ? [node.items] : [])];
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    { path: `${path}.${key}`, node: child },
    ...leaves(child, `${path}.${key}`),
  ]);
  return [...own, ...kinds.flatMap((kind) => leaves(kind, path))];
}

describe('the JSON Schema for editors', () => {
  test('is what the source says: npm run schema writes it', async () => {
    const file = await readFile(new URL('../../model/plan.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify({ title: 'Daybreak plan', ...planJsonSchema() })));
  });

  test('describes every key', () => {
    const all = leaves(planJsonSchema());
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter(({ node, path }) => node.description === undefined && !path.endsWith('.kind'))).toEqual([]);
  });

  test('has an example, a default or a choice for every key that is no section', () => {
    const bare = leaves(planJsonSchema()).filter(
      ({ node }) =>
        node.properties === undefined &&
        node.items?.properties === undefined &&
        (node.examples ?? node.default ?? node.enum ?? node.const) === undefined,
    );
    expect(bare).toEqual([]);
  });

  test('gives every key of a password as a reference', () => {
    const secrets = leaves(planJsonSchema()).filter(({ path }) => isSecretKey([path.split('.').at(-1) ?? '']));
    expect(secrets.map(({ path }) => path)).toEqual([
      '.source.password',
      '.target.masterPassword',
      '.roles.password',
      '.switches.admin.password',
    ]);
    for (const { node } of secrets) expect(JSON.stringify(node)).toContain('env:');
  });

  test('finds a key under lists, choices and free names', () => {
    const described = (path: PropertyKey[]) => nodesAt(path).map(({ description, type }) => description ?? type);
    expect(described(['roles', 0, 'name'])).toEqual(['The role’s name, as on the source.']);
    expect(described(['switches', 0, 'name'])).toHaveLength(3);
    expect(described(['target', 'parameters', 'anything'])).toEqual(['string']);
    expect(described(['nowhere', 'at', 'all'])).toEqual([]);
  });
});
