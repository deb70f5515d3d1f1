import { z } from 'zod';

/** What a rule between several keys found wrong; `path` is relative to the object the rule is attached to. */
export interface RuleFault {
  readonly path: readonly (string | number)[];
  readonly found: string;
  readonly wanted: string;
  readonly remedy: string;
}

type Path = readonly PropertyKey[];

/** `read` is a dotted path in which `*` stands for any element; a fault above, at or below it makes the rule's question pointless. */
function touches(read: string, faulty: Path): boolean {
  const segments = read.split('.');
  return faulty.slice(0, segments.length).every((key, i) => segments[i] === '*' || segments[i] === String(key));
}

/** Neither an unknown key nor what another rule found keeps a rule from looking. */
const leavesValuesSound = (issue: z.core.$ZodRawIssue): boolean =>
  issue.code === 'unrecognized_keys' || (issue.code === 'custom' && issue.params?.['remedy'] !== undefined);

/**
 * A rule between keys of one object. It looks as soon as the keys it reads are without fault themselves, whatever else is wrong:
 * an author sees all faults at once and none that only follows from another.
 */
export const rule = <T>(reads: readonly string[], faults: (value: T) => readonly RuleFault[]): z.core.$ZodCheck<T> =>
  z.superRefine<T>(
    (value, context) => {
      for (const { path, found, wanted, remedy } of faults(value))
        context.addIssue({ code: 'custom', path: [...path], message: wanted, params: { found, remedy } });
    },
    {
      when: ({ value, issues }) =>
        typeof value === 'object' &&
        value !== null &&
        !issues.some((issue) => !leavesValuesSound(issue) && reads.some((read) => touches(read, issue.path ?? []))),
    },
  );

/** The same thing twice in a list: which of the two was meant? */
export function duplicates(list: string, what: string, values: readonly string[], key: string | null): RuleFault[] {
  return values.flatMap((value, i) => {
    const first = values.indexOf(value);
    if (first === i) return [];
    return {
      path: key === null ? [list, i] : [list, i, key],
      found: value,
      wanted: `${what} only once (it already stands at ${list}[${first}])`,
      remedy: 'remove or rename one of the two',
    };
  });
}
