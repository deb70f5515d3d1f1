import { isSensitive, type Schema } from './schema.ts';

/** A copy of `value` for the journal, with every member the service model calls sensitive replaced by `***`. */
export function redact(schema: Schema, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (isSensitive(schema)) return '***';
  if (schema.isStructSchema()) {
    const fields = value as Record<string, unknown>;
    const copy: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator())
      if (fields[name] !== undefined) copy[name] = redact(member, fields[name]);
    return copy;
  }
  if (schema.isListSchema()) return (value as readonly unknown[]).map((one) => redact(schema.getValueSchema(), one));
  return value;
}
