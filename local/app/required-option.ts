/** The value of an option that has no default. @throws Error naming it */
export function requiredOption(values: Readonly<Record<string, string | boolean | undefined>>, name: string): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new Error(`--${name} is missing: give it a value`);
  return value;
}
