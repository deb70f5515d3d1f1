import ms from 'ms';
import { z } from 'zod';

/** The kinds of value a plan is written in. */

/** RDS identifier: 1 to 63 letters, digits or hyphens, a letter first, no `--`, no trailing hyphen. */
export const identifier = z
  .string()
  .max(63)
  .regex(/^[A-Za-z](-?[A-Za-z0-9])*$/, 'wanted letters, digits and single hyphens, beginning with a letter, at most 63')
  .transform((id) => id.toLowerCase());

/** `24h`, `90s`, `5m`, `7d`; out comes milliseconds. */
export const duration = z.string().transform((text, context) => {
  const value = /^\d+(\.\d+)?\s?(ms|s|m|h|d|w)$/.test(text) ? ms(text as ms.StringValue) : undefined;
  if (value !== undefined && value > 0) return value;
  context.addIssue({ code: 'custom', message: 'wanted a duration such as 90s, 5m, 24h or 7d' });
  return z.NEVER;
});

/** Where a secret lies; the secret itself never enters a plan. */
export const secretRef = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/?.+|arn:aws[a-z-]*:secretsmanager:.+)$/,
    'wanted a reference: env:NAME, file:PATH or the ARN of a Secrets Manager secret',
  );
export type SecretRef = string;

/** Daily UTC window as RDS writes it: `03:00-04:00`. */
export const hostWindow = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'wanted hh:mm-hh:mm in UTC');

/** Weekly UTC window as RDS writes it: `sun:04:00-sun:05:00`. */
export const weeklyWindow = z
  .string()
  .regex(
    /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
    'wanted ddd:hh:mm-ddd:hh:mm in UTC, such as sun:04:00-sun:05:00',
  );

export const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
/** Time of day, `22:30`. */
export const day = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'wanted hh:mm');

const dotenvSwitch = z.strictObject({
  kind: z.literal('dotenv'),
  name: z.string().min(1),
  /** Path of the file as the worker sees it. */
  path: z.string().min(1),
  key: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  /** What the key gets on the target; `{host}`, `{port}` and `{database}` are filled in. */
  value: z.string().default('{host}'),
});

const sourceSwitch = z.strictObject({
  kind: z.literal('source'),
  name: z.string().min(1),
  /** Folder whose files name the old host. */
  root: z.string().min(1),
  /** Files to look at, relative to `root`, as glob patterns. */
  include: z.array(z.string().min(1)).min(1),
  /** `apply` changes the files at the cutover; `patch` only writes the patch beside them. */
  mode: z.enum(['apply', 'patch']).default('apply'),
});

/** One place where the application keeps the database's address. */
export const switchPlan = z.discriminatedUnion('kind', [dotenvSwitch, sourceSwitch]);
export type SwitchPlan = z.output<typeof switchPlan>;
export type DotenvSwitch = Extract<SwitchPlan, { kind: 'dotenv' }>;
export type SourceSwitch = Extract<SwitchPlan, { kind: 'source' }>;
