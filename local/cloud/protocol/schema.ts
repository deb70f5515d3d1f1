import { NormalizedSchema } from '@smithy/core/schema';

/**
 * The SDK's own description of a type. AWS generates it from the service model: member names on the wire, list and
 * timestamp formats, error codes and statuses, which members are required and which are secret.
 */
export type Schema = NormalizedSchema;

export function schemaOf(raw: unknown): Schema {
  return NormalizedSchema.of(raw as Parameters<typeof NormalizedSchema.of>[0]);
}

/** The element a member travels as: its `xmlName` where the model gives one, else its own name. */
export function wireName(member: Schema, name: string): string {
  const { xmlName } = member.getMergedTraits() as { xmlName?: string };
  return xmlName ?? name;
}

export function isFlattened(list: Schema): boolean {
  return 'xmlFlattened' in list.getMergedTraits();
}

export function isSensitive(member: Schema): boolean {
  return 'sensitive' in member.getMergedTraits();
}

/** Names of the members a caller must give: the schema lists them first and says how many there are. */
export function requiredMembers(structure: Schema): readonly string[] {
  const raw = structure.getSchema();
  if (!Array.isArray(raw) || !Array.isArray(raw[4])) return [];
  const count: unknown = raw[6];
  return raw[4].slice(0, typeof count === 'number' ? count : 0).map(String);
}
