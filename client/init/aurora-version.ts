const parts = (version: string): number[] => version.split('.').map(Number);

const compare = (one: string, other: string): number => {
  const [a, b] = [parts(one), parts(other)];
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
};

/** The newest of the versions that is not below `version`; null where none is. */
export const newestNotBelow = (versions: readonly string[], version: string): string | null =>
  versions
    .filter((each) => compare(each, version) >= 0)
    .toSorted(compare)
    .at(-1) ?? null;
