import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** What happens to a matching request instead of, or around, its answer. */
const effect = z.union([
  z.strictObject({ error: z.string(), status: z.number().int().optional(), message: z.string().optional() }),
  z.strictObject({ delayMs: z.number().nonnegative() }),
  /** `before`: the request is lost; `after`: it is carried out, but its answer is lost. */
  z.strictObject({ reset: z.enum(['before', 'after']) }),
  z.strictObject({ body: z.string(), status: z.number().int() }),
]);

/** A fault of the API itself. */
export const apiFault = z.strictObject({
  /** Operation name, or `*` for all. */
  on: z.string(),
  /** How many matching requests it strikes; default 1. */
  times: z.number().int().positive().default(1),
  /** How many matching requests it lets pass first; default 0. */
  after: z.number().int().nonnegative().default(0),
  /** Only requests whose input has these members with these values. */
  match: z.record(z.string(), z.unknown()).default({}),
  do: effect,
});
export type ApiFault = z.input<typeof apiFault>;
export type FaultEffect = z.infer<typeof effect>;

export type Faults = {
  add(fault: ApiFault): void;
  clear(): void;
  /** The effect that strikes this request, if any; counts it. */
  strike(operation: string, input: Readonly<Record<string, unknown>>): FaultEffect | undefined;
};

export function makeFaults(): Faults {
  let rules: z.infer<typeof apiFault>[] = [];
  return {
    add: (fault) => void rules.push(apiFault.parse(fault)),
    clear: () => {
      rules = [];
    },
    strike: (operation, input) => {
      for (const rule of rules) {
        if (rule.on !== '*' && rule.on !== operation) continue;
        if (!Object.entries(rule.match).every(([member, value]) => isDeepStrictEqual(input[member], value))) continue;
        if (rule.after > 0) {
          rule.after -= 1;
          continue;
        }
        rule.times -= 1;
        if (rule.times === 0) rules = rules.filter((other) => other !== rule);
        return rule.do;
      }
      return undefined;
    },
  };
}
