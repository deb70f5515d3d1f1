import { IANAZone } from 'luxon';
import { duplicates, rule, type RuleFault } from './plan-rule.ts';

/** Rules between the sections of a plan. */

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The statements that give an application a login of its own; the password is asked for, never written. */
export function applicationRoleSql(role: string, database: string): string {
  const name = quoted(role);
  return [
    `CREATE ROLE ${name} LOGIN;`,
    `\\password ${name}`,
    `GRANT CONNECT, TEMPORARY ON DATABASE ${quoted(database)} TO ${name};`,
    `GRANT USAGE ON SCHEMA public TO ${name};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name};`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${name};`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${name};`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${name};`,
  ].join('\n');
}

/** `prepareTarget` makes the roles on the target, where the master user exists already. */
export const rolesApartFromTargetMaster = rule<{
  target: { masterUser: string };
  roles: readonly { name: string }[];
}>(['target.masterUser', 'roles.*.name'], ({ target, roles }) =>
  roles.flatMap(({ name }, i) =>
    name.toLowerCase() !== target.masterUser.toLowerCase()
      ? []
      : [
          {
            path: ['roles', i, 'name'],
            found: `${name}, which is target.masterUser`,
            wanted: 'a role that is not the target’s master user',
            remedy: 'name another target.masterUser',
          },
        ],
  ),
);

export const distinctRoles = rule<{ roles: readonly { name: string }[] }>(['roles.*.name'], ({ roles }) =>
  duplicates(
    'roles',
    'each role',
    roles.map(({ name }) => name),
    'name',
  ),
);

/** RDS and PostgreSQL keep these names; nobody could make such a role on the target. */
export const rolesAreOrdinary = rule<{ roles: readonly { name: string }[] }>(['roles.*.name'], ({ roles }) =>
  roles.flatMap(({ name }, i) =>
    /^(pg_|rds_)|^(rdsadmin|rdsrepladmin|rdstopmgr|rdsproxyadmin|public|none)$/.test(name)
      ? [
          {
            path: ['roles', i, 'name'],
            found: name,
            wanted: 'a login role of the application',
            remedy: 'leave out the roles RDS or PostgreSQL brings itself: they exist on the target already',
          },
        ]
      : [],
  ),
);

type NamedSwitch = {
  name: string;
  kind: string;
  path?: string;
  key?: string;
  database?: string;
  config?: string;
};

/** What a switch changes, where two of them must not change the same. */
const changedBy = ({ kind, path, key, database, config, name }: NamedSwitch): string => {
  if (kind === 'dotenv') return `${key} in ${path}`;
  return kind === 'pgbouncer' ? `${database} in ${config}` : `source ${name}`;
};

export const distinctSwitches = rule<{ switches: readonly NamedSwitch[] }>(['switches'], ({ switches }) => [
  ...duplicates(
    'switches',
    'each switch name',
    switches.map(({ name }) => name),
    'name',
  ),
  ...duplicates('switches', 'each key or pool of a file', switches.map(changedBy), null).filter(
    ({ found }) => !found.startsWith('source '),
  ),
]);

export const distinctHealthChecks = rule<{ verification: { health: readonly { name: string }[] } }>(
  ['verification.health.*.name'],
  ({ verification }) =>
    duplicates(
      'health',
      'each check name',
      verification.health.map(({ name }) => name),
      'name',
    ).map((fault) => ({ ...fault, path: ['verification', ...fault.path] })),
);

/** Both are DB instances of one account and region; RDS would refuse the second, or worse, we would find the first. */
export const targetIsNotSource = rule<{
  source: { instance: string };
  target: { instance: string; instances: number };
}>(['source.instance', 'target.instance', 'target.instances'], ({ source, target }) => {
  const names = Array.from({ length: target.instances }, (_, i) =>
    i === 0 ? target.instance : `${target.instance}-${i + 1}`,
  );
  if (!names.includes(source.instance)) return [];
  return [
    {
      path: ['target', 'instance'],
      found: `${target.instance}${target.instances > 1 ? ` with ${target.instances} instances` : ''}`,
      wanted: `names other than source.instance, which is ${source.instance}`,
      remedy: `choose another name, such as ${source.instance}-aurora`,
    },
  ];
});

export const distinctApprovers = rule<{ approvers: readonly string[] }>(['approvers'], ({ approvers }) =>
  duplicates('approvers', 'each approver', approvers, null),
);

export const windowIsOne = rule<{ from: string; to: string; days: readonly string[] }>(
  ['from', 'to', 'days'],
  ({ from, to, days }): RuleFault[] => [
    ...(from !== to
      ? []
      : [
          {
            path: ['to'],
            found: to,
            wanted: `another time than from, which is ${from}`,
            remedy: 'name when the window ends, or write window: null to allow any time',
          },
        ]),
    ...duplicates('days', 'each day', days, null),
  ],
);

export const isTimezone = (name: string): boolean => IANAZone.isValidZone(name);

/** A source deleted without snapshot and without automated backups could never be had back: no plan may ask for that. */
export const deletionLeavesABackup = rule<{ source: string; finalSnapshot: boolean; keepAutomatedBackups: boolean }>(
  ['source', 'finalSnapshot', 'keepAutomatedBackups'],
  ({ source, finalSnapshot, keepAutomatedBackups }) =>
    source !== 'delete' || finalSnapshot || keepAutomatedBackups
      ? []
      : [
          {
            path: ['finalSnapshot'],
            found: 'source: delete with neither finalSnapshot nor keepAutomatedBackups',
            wanted: 'at least one backup that outlives the source',
            remedy: 'set finalSnapshot: true (recommended) or keepAutomatedBackups: true',
          },
        ],
);
