import { z } from 'zod';
import { hostWindow, identifier, secretRef, sqlName, text, weeklyWindow } from './plan-values.ts';
import {
  acuRange,
  encryptionKey,
  insightsRetention,
  instanceNamesFit,
  managedParameters,
  masterUserFree,
  monitoringRole,
  windowsApart,
} from './plan-target-rules.ts';

const monitoring = z
  .strictObject({
    intervalSeconds: z
      .literal([0, 1, 5, 10, 15, 30, 60])
      .default(0)
      .meta({ description: 'Enhanced Monitoring, in seconds; 0 turns it off.' }),
    role: z
      .string()
      .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'the ARN of an IAM role')
      .nullable()
      .default(null)
      .meta({
        description: 'IAM role that may publish Enhanced Monitoring; needed when the interval is not 0.',
        examples: ['arn:aws:iam::123456789012:role/rds-monitoring-role'],
      }),
    databaseInsights: z.enum(['off', 'standard', 'advanced']).default('standard').meta({
      description:
        'CloudWatch Database Insights, the successor of the Performance Insights console (ended on 31 July 2026).',
    }),
    insightsRetentionDays: z
      .int()
      .refine((days) => days === 7 || days === 731 || (days % 31 === 0 && days >= 31 && days <= 713), {
        error: '7, 731 or a multiple of 31 up to 713',
      })
      .default(7)
      .meta({ description: 'Days Performance Insights data is kept; `advanced` wants 465.' }),
  })
  .check(monitoringRole, insightsRetention);

/** The Aurora cluster to make: what CreateDBCluster and CreateDBInstance are asked for. */
export const target = z
  .strictObject({
    cluster: identifier.meta({ description: 'DB cluster identifier to create.', examples: ['mindmeasure-aurora'] }),
    instance: identifier.meta({
      description: 'Identifier of the first instance; further ones get `-2`, `-3`, …',
      examples: ['mindmeasure-aurora-instance'],
    }),
    instances: z
      .int()
      .min(1)
      .max(15)
      .default(1)
      .meta({ description: 'How many instances. One means minutes without a writer when it fails; two, about 30 s.' }),
    instanceClass: z
      .string()
      .startsWith('db.', 'an instance class such as db.serverless or db.r7g.large')
      .default('db.serverless')
      .meta({ description: 'Class of every instance; `db.serverless` scales between `minAcu` and `maxAcu`.' }),
    engineVersion: z
      .string('a major such as "15" or a version such as "15.15", in quotes')
      .regex(/^\d+(\.\d+)?$/, 'a major such as "15" or a version such as "15.15", in quotes')
      .meta({
        description:
          'A major (`"15"`: the newest creatable minor not below the source\'s) or an exact version (`"15.15"`).',
        examples: ['15'],
      }),
    database: sqlName.meta({ description: 'Database to create and copy into.', examples: ['mindmeasure'] }),
    masterUser: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9]{0,15}$/, '1 to 16 letters or digits, beginning with a letter')
      .meta({
        description:
          'Master user: 1 to 16 letters and digits, beginning with a letter, as CreateDBCluster documents it.',
        examples: ['mindmeasureadmin'],
      }),
    masterPassword: z
      .union([z.literal('managed'), secretRef], 'managed, or a reference: env:NAME, file:PATH or a Secrets Manager ARN')
      .default('managed')
      .meta({
        description: '`managed`: RDS makes the password, keeps it in Secrets Manager and rotates it. Or a reference.',
      }),
    minAcu: z
      .number()
      .multipleOf(0.5)
      .min(0)
      .max(256)
      .default(0.5)
      .meta({ description: 'Least capacity in ACU, in steps of 0.5; only `db.serverless` uses it.' }),
    maxAcu: z.number().multipleOf(0.5).min(1).max(256).default(16).meta({
      description: 'Most capacity in ACU, in steps of 0.5; it bounds the cost. Only `db.serverless` uses it.',
    }),
    subnetGroup: text
      .nullable()
      .default(null)
      .meta({
        description: "DB subnet group; null takes the default VPC's.",
        examples: ['mindmeasure-subnet-group'],
      }),
    securityGroups: z
      .array(z.string().startsWith('sg-', 'a security group id such as sg-0123456789abcdef0'))
      .default([])
      .meta({
        description: "VPC security groups; none means the VPC's default one.",
        examples: [['sg-0123456789abcdef0']],
      }),
    storageEncrypted: z
      .boolean()
      .default(true)
      .meta({ description: 'Encryption at rest; it cannot be changed later.' }),
    kmsKey: text
      .nullable()
      .default(null)
      .meta({
        description: "KMS key ARN, id or alias; null takes the account's default key.",
        examples: ['alias/mindmeasure'],
      }),
    backupRetentionDays: z
      .int()
      .min(1)
      .max(35)
      .default(7)
      .meta({ description: 'Days of point-in-time recovery on the target.' }),
    backupWindow: hostWindow
      .nullable()
      .default(null)
      .meta({
        description: 'Daily backup window in UTC, at least 30 minutes; null lets RDS choose.',
        examples: ['03:00-04:00'],
      }),
    maintenanceWindow: weeklyWindow
      .nullable()
      .default(null)
      .meta({
        description: 'Weekly maintenance window in UTC, at least 30 minutes; null lets RDS choose.',
        examples: ['sun:04:00-sun:05:00'],
      }),
    autoMinorVersionUpgrade: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether RDS installs new minor versions in the maintenance window.' }),
    logExports: z
      .array(z.enum(['postgresql', 'iam-db-auth-error', 'instance']))
      .default(['postgresql'])
      .meta({ description: 'Logs sent to CloudWatch.' }),
    monitoring: monitoring.prefault({}).meta({ description: 'Enhanced Monitoring and Database Insights.' }),
    parameters: z
      .record(
        z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/, 'the name of a cluster parameter, in lower case'),
        z.string('a text: put numbers and true or false in quotes'),
      )
      .check(managedParameters)
      .default({})
      .meta({
        description: "Cluster parameters by name; everything not named keeps the engine's default. Values are texts.",
        examples: [{ log_min_duration_statement: '1000' }],
      }),
    publiclyAccessible: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether the instances get a public address. Off: the database stays inside the VPC.' }),
    deletionProtection: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether the cluster refuses deletion. Our own undo before the commit lifts it first.' }),
    tags: z
      .record(z.string(), z.string())
      .default({})
      .meta({
        description: 'Further tags for everything made; `daybreak:` is ours.',
        examples: [{ team: 'platform' }],
      }),
  })
  .check(acuRange, encryptionKey, instanceNamesFit, masterUserFree, windowsApart);
