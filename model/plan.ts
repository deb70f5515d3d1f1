import { z } from 'zod';
import { target } from './plan-target.ts';
import { physicalFits } from './plan-physical-rules.ts';
import {
  deletionLeavesABackup,
  distinctApprovers,
  distinctHealthChecks,
  distinctRoles,
  distinctSwitches,
  isTimezone,
  rolesApartFromTargetMaster,
  rolesAreOrdinary,
  targetIsNotSource,
  windowIsOne,
} from './plan-rules.ts';
import {
  day,
  duration,
  identifier,
  secretRef,
  size,
  sqlName,
  switchPlan,
  template,
  text,
  weekday,
} from './plan-values.ts';
import { STRATEGY_NAMES } from './strategy.ts';

/**
 * The plan: the operator's YAML file, parsed, defaulted and frozen; the only input of a migration.
 * Every default is resolved here, so that a default changed in a later release never alters a replay.
 * Durations come out in milliseconds, capacities in ACUs, retention in days.
 * The descriptions are what editors, faults and `docs/plan-reference.md` show.
 */

/** Databases of RDS or of PostgreSQL itself. */
const movable = sqlName.refine((name) => !['rdsadmin', 'template0', 'template1'].includes(name), {
  error: 'a database of yours, not one RDS or PostgreSQL keeps',
});

const window = z
  .strictObject({
    days: z
      .array(weekday)
      .min(1, 'at least one day')
      .meta({ description: 'Days it begins on.', examples: [['sat']] }),
    from: day.meta({ description: 'When it begins.', examples: ['22:00'] }),
    to: day.meta({ description: 'When it ends; earlier than `from` means the next day.', examples: ['04:00'] }),
    timezone: z
      .string()
      .refine(isTimezone, 'an IANA time zone such as Europe/London or UTC')
      .meta({
        description: 'Clock the times are read on.',
        examples: ['Europe/London'],
      }),
  })
  .check(windowIsOne);

const source = z.strictObject({
  account: z
    .string('a 12-digit AWS account id, in quotes')
    .regex(/^\d{12}$/, 'a 12-digit AWS account id, in quotes')
    .meta({
      description:
        "AWS account that owns the instance; part of the migration's id. In quotes, else leading zeros are lost.",
      examples: ['123456789012'],
    }),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as eu-west-2')
    .meta({ description: 'AWS region of the instance; the target is made there too.', examples: ['eu-west-2'] }),
  instance: identifier.meta({
    description: 'DB instance identifier of the RDS instance.',
    examples: ['mindmeasure-db'],
  }),
  database: movable.meta({ description: 'The database to move.', examples: ['mindmeasure'] }),
  user: sqlName.meta({
    description:
      'The role Daybreak works as on the source: the master user. One of `roles`, too, where the application logs in as it.',
    examples: ['mindmeasure_admin'],
  }),
  password: secretRef.meta({ description: 'Where its password lies.', examples: ['env:SOURCE_PASSWORD'] }),
  rebootWindow: window
    .nullable()
    .default(null)
    .meta({
      description:
        'When the source may be rebooted, where its parameters need that (strategy `blue-green`); null: at any time after the approval of ' +
        'gate `source-reboot`. Checked when the reboot begins.',
      examples: [{ days: ['sun'], from: '02:00', to: '04:00', timezone: 'Europe/London' }],
    }),
});

const role = z.strictObject({
  name: sqlName.meta({ description: 'The role’s name, as on the source.', examples: ['mindmeasure_app'] }),
  password: secretRef.meta({
    description: 'The password it gets on the target; give the one it has, and the application logs in unchanged.',
    examples: ['env:APP_PASSWORD'],
  }),
});

const httpUrl = z.url({ protocol: /^https?$/, error: 'an http or https address' });

const healthCheck = z.strictObject({
  name: text.meta({ description: 'What reports call this check.', examples: ['production'] }),
  url: httpUrl.meta({
    description: 'Answers for the application as its users reach it; asked after the cutover and during the soak.',
    examples: ['https://app.example.com/api/database/health'],
  }),
  stagedUrl: httpUrl
    .nullable()
    .default(null)
    .meta({
      description: 'Answers for the staged application, which already talks to the target; asked before the gate.',
      examples: ['https://app-staged.example.com/api/database/health'],
    }),
  expect: z
    .record(z.string(), template('target.host', 'target.port', 'target.database'))
    .default({ status: 'healthy' })
    .meta({
      description:
        'Fields the JSON answer must hold, by dotted path; `{target.host}`, `{target.port}` and `{target.database}` are filled in.',
      examples: [{ status: 'healthy', 'database.host': '{target.host}' }],
    }),
});

const cutover = z
  .strictObject({
    maxWritePause: duration.prefault('5m').meta({
      description: 'Longest time writes may stop; past it they are given back to the source by themselves.',
    }),
    approvers: z
      .array(text)
      .min(1, 'at least one name')
      .meta({
        description: 'Who may approve. Names are claims until signatures come.',
        examples: [['alice@example.com', 'bob@example.com']],
      }),
    separationOfDuties: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether the operator who started the run is refused as its approver.' }),
    reportExpiry: duration
      .prefault('4h')
      .meta({ description: 'Age at which a readiness report can no longer be approved; a new one is made.' }),
    window: window
      .nullable()
      .default(null)
      .meta({
        description:
          'When a fence may begin; null: at any time. Checked when the fence begins, not when approval is given.',
        examples: [{ days: ['sat', 'sun'], from: '22:00', to: '04:00', timezone: 'Europe/London' }],
      }),
  })
  .check(distinctApprovers);

const cleanup = z
  .strictObject({
    source: z
      .enum(['keep', 'stop', 'delete'])
      .default('keep')
      .meta({ description: 'What becomes of the source after the soak, behind a gate of its own.' }),
    finalSnapshot: z.boolean().default(true).meta({ description: 'Snapshot of the source, awaited, before it ends.' }),
    keepAutomatedBackups: z
      .boolean()
      .default(true)
      .meta({ description: "Whether the source's automated backups outlive it; AWS deletes them unless asked." }),
  })
  .check(deletionLeavesABackup);

export const planSchema = z
  .strictObject({
    planVersion: z.literal(1).default(1).meta({ description: 'Version of this format.' }),
    source: source.meta({ description: 'The RDS instance and its database.' }),
    target: target.meta({ description: 'The Aurora cluster and its database.' }),
    strategy: z
      .enum(STRATEGY_NAMES)
      .default('blue-green')
      .meta({
        description:
          'How the rows travel. `blue-green`: a copy of the live database that follows it by logical replication, and back after the cutover; ' +
          'needs rds.logical_replication and primary keys. `replica`: an Aurora read replica of the instance, promoted behind the fence. `snapshot`: a DB ' +
          'snapshot restored as the cluster; rehearsed first, then behind the fence. `dump`: the same with pg_dump and pg_restore in parallel.',
      }),
    roles: z.array(role).min(1, 'at least one login role of the application').meta({
      description: "Login roles of the application. RDS lets nobody read a password, so the target's has to be given.",
    }),
    switches: z
      .array(switchPlan)
      .default([])
      .meta({ description: "Places where the application keeps the database's address." }),
    verification: z
      .strictObject({
        health: z.array(healthCheck).default([]).meta({ description: 'Questions to the application itself.' }),
      })
      .prefault({})
      .meta({ description: 'What is checked besides the data, all of which always is.' }),
    copy: z
      .strictObject({
        jobs: z
          .int()
          .min(1)
          .max(64)
          .default(2)
          .meta({
            description:
              'Work done side by side: jobs of pg_dump and pg_restore; of `blue-green`, connections to each side that carry rows, on at most half of them or two, and build indexes, ' +
              'beside which the copy holds at most three more on the source and one on the target. Tables that PostgreSQL itself brings after a lost ' +
              'snapshot: as many at a time, as `max_sync_workers_per_subscription` of the target.',
          }),
        bytesPerSecond: size
          .nullable()
          .default(null)
          .meta({
            description:
              'What the rows of a `blue-green` copy may take of the network in a second, all connections together; null: no bound. Tables that ' +
              'PostgreSQL itself brings after a lost snapshot are not bounded by it.',
            examples: ['50MB'],
          }),
      })
      .prefault({})
      .meta({ description: 'How the copy is made.' }),
    replication: z
      .strictObject({
        maxRetainedWal: size.prefault('20GB').meta({
          description:
            'Write-ahead log the source may keep for a `blue-green` migration, which it does while nobody reads it: while rows are copied, or the ' +
            'target is out of reach. From half of it the run says so; past it, and before the cutover, the run undoes itself, so that the ' +
            'source’s disk never fills up.',
        }),
        minFreeStorage: size.prefault('2GB').meta({
          description:
            'Free storage of the source below which the run undoes itself in the same way, where more than 256 MB of log are kept for it. It is reckoned: ' +
            'allocated storage without databases and log; what else lies on the disk is not seen.',
        }),
      })
      .prefault({})
      .meta({ description: 'Bounds of what following the source may cost it.' }),
    cutover: cutover.meta({ description: 'Who opens the cutover, when, and how long it may take.' }),
    soak: z
      .strictObject({
        duration: duration
          .prefault('24h')
          .meta({ description: 'Time after the commit in which `rollback` works and the application is watched.' }),
      })
      .prefault({})
      .meta({ description: 'The watch after the cutover.' }),
    rollback: z
      .strictObject({
        target: z
          .enum(['keep', 'remove'])
          .default('keep')
          .meta({
            description:
              'What becomes of the target after a rollback that lost nothing. `keep`: it follows the source again, and the run waits for `resume`, ' +
              'which asks for another cutover without copying anew. `remove`: everything this run made is undone. A target that holds writes the source lacks is always kept.',
          }),
      })
      .prefault({})
      .meta({ description: 'What follows a rollback after the commit.' }),
    cleanup: cleanup.prefault({}).meta({ description: 'The end of the source.' }),
    onFailure: z
      .enum(['hold', 'undo'])
      .default('hold')
      .meta({ description: 'What a step that fails before the fence does: stop for the operator, or undo at once.' }),
    abandonAfter: duration
      .nullable()
      .default(null)
      .meta({
        description: 'Total time at gates and holds after which an uncommitted run undoes itself; null: never.',
        examples: ['7d'],
      }),
  })
  .check(
    rolesApartFromTargetMaster,
    distinctRoles,
    rolesAreOrdinary,
    distinctSwitches,
    distinctHealthChecks,
    targetIsNotSource,
    physicalFits,
  );

/** What an author may write: defaults may be missing, durations are text. */
export type PlanDocument = z.input<typeof planSchema>;
/** What travels: nothing optional. Only `parsePlan` makes one, `assertPlan` trusts no other. */
export type MigrationPlan = Readonly<z.output<typeof planSchema>>;
export type RolePlan = MigrationPlan['roles'][number];
export type HealthCheck = MigrationPlan['verification']['health'][number];
