import { z } from 'zod';
import { day, duration, hostWindow, identifier, secretRef, switchPlan, weekday, weeklyWindow } from './plan-values.ts';

/**
 * The plan: the operator's YAML file, parsed, defaulted and frozen; the only input of a migration.
 * Every default is resolved here, so that a default changed in a later release never alters a replay.
 * Durations come out in milliseconds, capacities in ACUs, retention in days.
 */

const source = z.strictObject({
  /** Twelve-digit AWS account that owns the instance; part of the migration's id. */
  account: z.string().regex(/^\d{12}$/, 'wanted a 12-digit AWS account id, in quotes'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'wanted an AWS region such as eu-west-2'),
  /** DB instance identifier of the RDS instance. */
  instance: identifier,
  database: z.string().min(1),
  /** The role Daybreak works as on the source: the master user. Never one of `roles`. */
  user: z.string().min(1),
  password: secretRef,
});

const monitoring = z.strictObject({
  /** Enhanced Monitoring, in seconds; 0 turns it off. */
  intervalSeconds: z.literal([0, 1, 5, 10, 15, 30, 60]).default(0),
  /** IAM role that may publish Enhanced Monitoring; needed when the interval is not 0. */
  role: z.string().nullable().default(null),
  /** CloudWatch Database Insights, the successor of the Performance Insights console. */
  databaseInsights: z.enum(['off', 'standard', 'advanced']).default('standard'),
  /** Performance Insights retention in days; 465 is required by `advanced`. */
  insightsRetentionDays: z.int().min(7).max(731).default(7),
});

const target = z.strictObject({
  cluster: identifier,
  /** Identifier of the first instance; further ones get `-2`, `-3`, … */
  instance: identifier,
  instances: z.int().min(1).max(15).default(1),
  instanceClass: z.string().startsWith('db.').default('db.serverless'),
  /** A major (`15`: the newest creatable minor not below the source's) or an exact version (`15.15`). */
  engineVersion: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'wanted a major such as "15" or a version such as "15.15", in quotes'),
  database: z.string().min(1),
  /** 1 to 16 letters and digits, beginning with a letter: the limit CreateDBCluster documents. */
  masterUser: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{0,15}$/, 'wanted 1 to 16 letters or digits, beginning with a letter'),
  /** `managed`: RDS makes and keeps the password in Secrets Manager. */
  masterPassword: z.union([z.literal('managed'), secretRef]).default('managed'),
  minAcu: z.number().multipleOf(0.5).min(0).max(256).default(0.5),
  maxAcu: z.number().multipleOf(0.5).min(1).max(256).default(16),
  subnetGroup: z.string().min(1).nullable().default(null),
  securityGroups: z.array(z.string().startsWith('sg-')).default([]),
  storageEncrypted: z.boolean().default(true),
  /** Key ARN, id or alias; null takes the account's default key. */
  kmsKey: z.string().min(1).nullable().default(null),
  backupRetentionDays: z.int().min(1).max(35).default(7),
  backupWindow: hostWindow.nullable().default(null),
  maintenanceWindow: weeklyWindow.nullable().default(null),
  autoMinorVersionUpgrade: z.boolean().default(true),
  logExports: z.array(z.enum(['postgresql', 'iam-db-auth-error', 'instance'])).default(['postgresql']),
  monitoring: monitoring.prefault({}),
  /** Cluster parameters by name; everything not named keeps the engine's default. */
  parameters: z.record(z.string(), z.string()).default({}),
  publiclyAccessible: z.boolean().default(false),
  deletionProtection: z.boolean().default(true),
  tags: z.record(z.string(), z.string()).default({}),
});

/** A login role of the application. RDS lets nobody read a password, so the target's has to be given. */
const role = z.strictObject({ name: z.string().min(1), password: secretRef });

const healthCheck = z.strictObject({
  name: z.string().min(1),
  /** Answers for the application as its users reach it; asked after the cutover and during the soak. */
  url: z.url(),
  /** Answers for the staged application, which already talks to the target; asked before the gate. */
  stagedUrl: z.url().nullable().default(null),
  /** Fields the JSON answer must hold, by dotted path; `{target.host}` and `{target.database}` are filled in. */
  expect: z.record(z.string(), z.string()).default({ status: 'healthy' }),
});

const cutover = z.strictObject({
  /** Longest time writes may stop; past it they are given back to the source by themselves. */
  maxWritePause: duration.prefault('5m'),
  /** Who may approve. Names are claims until signatures come. */
  approvers: z.array(z.string().min(1)).min(1),
  /** Whether the operator who started the run is refused as its approver. */
  separationOfDuties: z.boolean().default(true),
  /** Age at which a readiness report can no longer be approved. */
  reportExpiry: duration.prefault('4h'),
  /** When a fence may begin, on the clock of `timezone`; null: at any time. Checked when the fence begins. */
  window: z
    .strictObject({ days: z.array(weekday).min(1), from: day, to: day, timezone: z.string().min(1) })
    .nullable()
    .default(null),
});

const cleanup = z.strictObject({
  source: z.enum(['keep', 'stop', 'delete']).default('keep'),
  finalSnapshot: z.boolean().default(true),
  keepAutomatedBackups: z.boolean().default(true),
});

export const planSchema = z.strictObject({
  planVersion: z.literal(1).default(1),
  source,
  target,
  strategy: z.enum(['dump']).default('dump'),
  roles: z.array(role).min(1),
  switches: z.array(switchPlan).default([]),
  verification: z.strictObject({ health: z.array(healthCheck).default([]) }).prefault({}),
  /** Parallel jobs of pg_dump and pg_restore. */
  copy: z.strictObject({ jobs: z.int().min(1).max(64).default(2) }).prefault({}),
  cutover,
  soak: z.strictObject({ duration: duration.prefault('24h') }).prefault({}),
  cleanup: cleanup.prefault({}),
  /** What a step that fails before the fence does: stop for the operator, or undo at once. */
  onFailure: z.enum(['hold', 'undo']).default('hold'),
  /** Total time at gates and holds after which an uncommitted run undoes itself; null: never. */
  abandonAfter: duration.nullable().default(null),
});

/** What an author may write: defaults may be missing, durations are text. */
export type PlanDocument = z.input<typeof planSchema>;
/** What travels: nothing optional, only {@link parsePlan} in `parse-plan.ts` makes one. */
export type MigrationPlan = Readonly<z.output<typeof planSchema>>;
export type RolePlan = MigrationPlan['roles'][number];
export type HealthCheck = MigrationPlan['verification']['health'][number];
