import { planJsonSchema, type SchemaNode } from '../model/plan-json-schema.ts';
import { yamlScalar } from '../model/plan-words.ts';

/** Every key of a plan as Markdown, from the schema: what `docs/plan-reference.md` lists between its markers. */
export function planReference(): string {
  const root = planJsonSchema();
  return sections(root, '', root.required ?? [])
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n');
}

/** Around the generated part of the page. */
export const MARKERS = { begin: '<!-- keys: npm run schema writes them -->', end: '<!-- end of keys -->' } as const;

/** Sections get a heading; plain keys above them come first. */
function sections(node: SchemaNode, path: string, required: readonly string[]): string[] {
  const entries = Object.entries(node.properties ?? {}).map(([key, child]) => ({
    key: path === '' ? key : `${path}.${key}`,
    child,
    wanted: required.includes(key),
  }));
  const plain = entries.filter(({ child }) => kindsOf(child).length === 0);
  const nested = entries.filter(({ child }) => kindsOf(child).length > 0);
  return [
    ...plain.flatMap(({ key, child, wanted }) => keyLines(key, child, wanted)),
    ...nested.flatMap(({ key, child, wanted }) => [
      `\n## \`${key}\`\n`,
      `${child.description ?? ''} ${presence(child, wanted)}\n`,
      ...kindsOf(child).flatMap((kind) => [
        ...(kind.description !== undefined && kind !== child ? [`\n### ${kind.description}\n`] : []),
        ...sections(kind, child.items === undefined ? key : `${key}[]`, kind.required ?? []),
      ]),
    ]),
  ];
}

/** The mappings a key may hold: itself, the entries of its list, or what may stand instead of null. */
function kindsOf(node: SchemaNode): readonly SchemaNode[] {
  if (node.properties !== undefined) return [node];
  if (node.items !== undefined) return node.items.oneOf ?? kindsOf(node.items);
  return (node.anyOf ?? []).flatMap(kindsOf);
}

const presence = (node: SchemaNode, wanted: boolean): string => {
  if (wanted) return 'Required.';
  return node.items !== undefined || node.anyOf !== undefined
    ? `Default: ${code(node.default ?? null)}.`
    : 'May be left out.';
};

function keyLines(path: string, node: SchemaNode, wanted: boolean): string[] {
  const example = node.examples === undefined ? '' : ` Example: ${node.examples.map(code).join(', ')}.`;
  const fallback =
    node.const !== undefined && wanted ? '' : wanted ? ' Required.' : ` Default: ${code(node.default ?? null)}.`;
  return [`- \`${path}\` (${typeWords(node)}): ${node.description ?? 'Which kind it is.'}${fallback}${example}`];
}

const DURATION = /\(ms\|s\|m\|h\|d\|w\)/;

function typeWords(node: SchemaNode): string {
  if (node.const !== undefined) return code(node.const);
  if (node.enum !== undefined) return `one of ${node.enum.map(code).join(', ')}`;
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(typeWords))].join(' or ');
  if (node.pattern !== undefined && DURATION.test(node.pattern)) return 'duration';
  if (node.pattern?.includes('secretsmanager')) return 'reference to a secret';
  if (node.items !== undefined) return `list of ${typeWords(node.items)}`;
  if (node.type === 'number' || node.type === 'integer')
    return `${node.type === 'integer' ? 'whole number' : 'number'}${range(node)}`;
  return (
    { string: 'text', object: 'names and texts', boolean: '`true` or `false`', null: '`null`' }[node.type ?? ''] ??
    'text'
  );
}

/** Bounds of the schema's own are left out: every whole number has those. */
const range = ({ minimum, maximum }: SchemaNode): string =>
  minimum === undefined || maximum === undefined || maximum > Number.MAX_SAFE_INTEGER - 1
    ? ''
    : `, ${minimum} to ${maximum}`;

/** As one would write it in a plan. */
const code = (value: unknown): string => `\`${yamlScalar(value)}\``;
