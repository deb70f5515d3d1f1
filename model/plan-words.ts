/** How a value of a plan is shown to a person without giving a secret away. */

export const isSecretKey = (path: readonly PropertyKey[]): boolean =>
  path.some((key) => /passw|passphrase|pwd|secret|token|credential/i.test(String(key)));

export function foundWords(path: readonly PropertyKey[], value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return 'a mapping';
  const words = String(value);
  if (isSecretKey(path)) return `a literal of ${words.length} characters, not shown`;
  if (words === '') return 'an empty text';
  return words.length > 80 ? `${words.slice(0, 80)}…` : words;
}

/** A value as one would write it in the plan; texts that YAML would take for numbers stand in quotes. */
export const yamlScalar = (value: unknown): string =>
  typeof value === 'string' && !/^[\d.]+$|^$/.test(value) ? value : JSON.stringify(value);
