import { Document, isCollection, isScalar } from 'yaml';
import { planJsonSchema, type SchemaNode } from '../../model/plan-json-schema.ts';
import type { Line } from './plan-lines.ts';

/** Lists whose entries are written out instead of the whole. */
const WITH_ENTRY = new Set(['roles']);

/** A plan with every key the schema knows: `lines` where there is one, else the default. Each line says which. */
export function planText(lines: Readonly<Record<string, Line>>, heading: readonly string[]): string {
  const document = new Document({});
  for (const [path, line] of every(planJsonSchema(), [], lines)) {
    const node = document.createNode(line.value, { flow: true });
    if (isScalar(node) && line.origin === 'choose') node.source = '';
    if (isScalar(node) || isCollection(node)) node.comment = ` ${line.origin}${line.note ? `: ${line.note}` : ''}`;
    document.setIn(
      path.map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
      node,
    );
  }
  document.commentBefore = heading.map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Every line in the schema's order. */
function every(node: SchemaNode, path: readonly string[], lines: Readonly<Record<string, Line>>): [string[], Line][] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const here = [...path, key];
    const line = lines[here.join('.')];
    if (line !== undefined) return [[here, line]];
    if (child.properties !== undefined) return every(child, here, lines);
    if (WITH_ENTRY.has(key) && child.items !== undefined) return every(child.items, [...here, '0'], lines);
    return [[here, { value: child.default ?? null, origin: 'default' }]];
  });
}
