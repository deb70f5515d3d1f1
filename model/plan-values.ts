import bytes from 'bytes';
import ms from 'ms';
import { z } from 'zod';

/** The kinds of value a plan is written in. Every message is the `wanted` of a fault: it reads after "wanted". */

const anyText = 'a text that is not empty';
export const text = z.string().min(1, anyText);

/** RDS identifier: 1 to 63 letters, digits or hyphens, a letter first, no `--`, no trailing hyphen. RDS keeps it in lower case. */
export const identifier = z
  .string()
  .max(63, 'at most 63 characters')
  .regex(/^[A-Za-z](-?[A-Za-z0-9])*$/, 'letters, digits and single hyphens, beginning with a letter, at most 63')
  .toLowerCase();

/** Database or role: PostgreSQL cuts names at 63 bytes, so a longer one would name something else. */
export const sqlName = text.refine((name) => new TextEncoder().encode(name).length <= 63, 'a name of at most 63 bytes');

const aDuration = 'a duration such as 90s, 5m, 24h or 7d';
/** `24h`, `90s`, `5m`, `7d`; out comes whole milliseconds, more than 0. */
export const duration = z.codec(
  z.string(aDuration).regex(/^\d+(\.\d+)?\s?(ms|s|m|h|d|w)$/, aDuration),
  z.int(aDuration).positive(`${aDuration}, longer than nothing`),
  { decode: (written) => Math.round(ms(written as ms.StringValue)), encode: (value) => `${value}ms` as const },
);

const aSize = 'a size such as 500KB, 50MB, 20GB or 1TB';
/** `50MB`, `20GB`, in steps of 1024; out comes whole bytes, more than 0. */
export const size = z.codec(
  z.string(aSize).regex(/^\d+(\.\d+)?\s?[KMGT]B$/i, aSize),
  z.int(aSize).positive(`${aSize}, more than nothing`),
  { decode: (written) => bytes(written) ?? 0, encode: (value) => `${value / 1024}KB` },
);

/** Where a secret lies; the secret itself never enters a plan. */
export const secretRef = z
  .string('a reference: env:NAME, file:PATH or the ARN of a Secrets Manager secret')
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+)$/,
    'a reference: env:NAME, file:PATH or the ARN of a Secrets Manager secret',
  );
export type SecretRef = string;

/** Daily UTC window as RDS writes it: `03:00-04:00`. */
export const hostWindow = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'hh:mm-hh:mm in UTC, such as 03:00-04:00');

/** Weekly UTC window as RDS writes it: `sun:04:00-sun:05:00`. */
export const weeklyWindow = z
  .string()
  .regex(
    /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
    'ddd:hh:mm-ddd:hh:mm in UTC, such as sun:04:00-sun:05:00',
  );

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const weekday = z.enum(WEEKDAYS);
/** Time of day, `22:30`. */
export const day = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as hh:mm, such as 22:30');

/** Switches write files whose path must mean the same in every worker process, whatever folder it was started in. */
const absolutePath = z.string().startsWith('/', 'an absolute path on the machine the worker runs on');

/** A text in which the named places, such as `{host}`, are filled in; any other place would be written out as it stands. */
export const template = (...places: readonly string[]) =>
  text.refine(
    (written) => [...written.matchAll(/\{([^{}]*)\}/g)].every(([, place]) => places.includes(place ?? '')),
    `a text with no other places than ${places.map((place) => `{${place}}`).join(', ')}`,
  );

const dotenvSwitch = z
  .strictObject({
    kind: z.literal('dotenv'),
    name: text.meta({ description: 'What reports call this switch.', examples: ['production env file'] }),
    path: absolutePath.meta({
      description: 'Path of the file as the worker sees it, absolute.',
      examples: ['/srv/app/.env.production'],
    }),
    key: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
      .meta({ description: 'The variable to change; it must stand in the file exactly once.', examples: ['DB_HOST'] }),
    value: template('host', 'port', 'database')
      .regex(/^[^\r\n'"`$\\]*$/, 'one line without quotes, $ and backslash')
      .nullable()
      .default('{host}')
      .meta({
        description:
          'What the key gets on the target; `{host}`, `{port}` and `{database}` are filled in. null keeps the value as found and ' +
          'exchanges only the host (and `host:port`) inside it: for connection URLs, whose password must not stand in a plan.',
      }),
  })
  .meta({ description: 'One key of a dotenv file.' });

const relativeGlob = text.refine(
  (pattern) => !pattern.startsWith('/') && !pattern.split('/').includes('..'),
  'a glob pattern relative to root, without ..',
);

const sourceSwitch = z
  .strictObject({
    kind: z.literal('source'),
    name: text.meta({ description: 'What reports call this switch.', examples: ['API endpoints'] }),
    root: absolutePath.meta({
      description: 'Folder whose files name the old host, absolute, as the worker sees it.',
      examples: ['/srv/app'],
    }),
    include: z
      .array(relativeGlob)
      .min(1, 'at least one glob pattern')
      .meta({ description: 'Files to look at, relative to `root`.', examples: [['api/**/*.ts']] }),
    mode: z
      .enum(['apply', 'patch'])
      .default('apply')
      .meta({ description: '`apply` changes the files at the cutover; `patch` only writes the patch beside them.' }),
  })
  .meta({ description: "The old host's name in source files." });

const pgbouncerConsole = z.strictObject({
  host: text.meta({ description: 'Where this PgBouncer answers.', examples: ['10.0.3.17'] }),
  port: z
    .int('a port, 1 to 65535')
    .min(1, 'a port, 1 to 65535')
    .max(65_535, 'a port, 1 to 65535')
    .default(6432)
    .meta({ description: 'Its port.' }),
  user: sqlName.meta({ description: 'One of its `admin_users`.', examples: ['daybreak'] }),
  password: secretRef.meta({ description: 'Where its password lies.', examples: ['env:PGBOUNCER_PASSWORD'] }),
  database: sqlName.default('pgbouncer').meta({ description: 'Name of the console.' }),
  tls: z
    .enum(['verify', 'none'])
    .default('verify')
    .meta({
      description:
        '`verify` demands a certificate of this host, signed by a root of `DAYBREAK_CA_FILE`; `none` is for a PgBouncer without ' +
        '`client_tls_sslmode`, on a network nobody else listens on.',
    }),
});

const pgbouncerSwitch = z
  .strictObject({
    kind: z.literal('pgbouncer'),
    name: text.meta({ description: 'What reports call this switch.', examples: ['pooler of the API'] }),
    admin: pgbouncerConsole.meta({ description: 'Its admin console.' }),
    database: sqlName.meta({
      description: "The pool's name: what stands left of `=` in the section `[databases]`.",
      examples: ['mindmeasure'],
    }),
    config: absolutePath.meta({
      description:
        'The file that line stands in, as the worker sees it, absolute; the worker must be able to replace it.',
      examples: ['/etc/pgbouncer/pgbouncer.ini'],
    }),
  })
  .meta({ description: 'A PgBouncer before the database: its clients wait during the cutover instead of failing.' });

/** One place where the application keeps the database's address. */
export const switchPlan = z.discriminatedUnion('kind', [dotenvSwitch, sourceSwitch, pgbouncerSwitch]);
export type SwitchPlan = z.output<typeof switchPlan>;
export type DotenvSwitch = Extract<SwitchPlan, { kind: 'dotenv' }>;
export type SourceSwitch = Extract<SwitchPlan, { kind: 'source' }>;
export type PgbouncerSwitch = Extract<SwitchPlan, { kind: 'pgbouncer' }>;
