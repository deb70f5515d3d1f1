import { rule } from './plan-rule.ts';
import { dailySpan, lengthMinutes, overlaps, weeklySpan } from './rds-window.ts';

/** What AWS or PostgreSQL would refuse about the target, said before anything is made. */

export const acuRange = rule<{ minAcu: number; maxAcu: number }>(['minAcu', 'maxAcu'], ({ minAcu, maxAcu }) =>
  maxAcu >= minAcu
    ? []
    : [
        {
          path: ['maxAcu'],
          found: `${maxAcu}`,
          wanted: `at least minAcu, which is ${minAcu}`,
          remedy: `raise maxAcu to ${minAcu} or more, or lower minAcu`,
        },
      ],
);

export const encryptionKey = rule<{ storageEncrypted: boolean; kmsKey: string | null }>(
  ['storageEncrypted', 'kmsKey'],
  ({ storageEncrypted, kmsKey }) =>
    storageEncrypted || kmsKey === null
      ? []
      : [
          {
            path: ['storageEncrypted'],
            found: 'false, beside a kmsKey',
            wanted: 'true where a key is named',
            remedy: 'set storageEncrypted: true, or remove kmsKey',
          },
        ],
);

/** The suffixes of further instances must fit into the 63 characters of an identifier. */
export const instanceNamesFit = rule<{ instance: string; instances: number }>(
  ['instance', 'instances'],
  ({ instance, instances }) => {
    const room = instances === 1 ? 63 : 63 - `-${instances}`.length;
    if (instance.length <= room) return [];
    const wanted = `at most ${room} characters, since ${instances} instances get a suffix`;
    return [{ path: ['instance'], found: instance, wanted, remedy: 'shorten the identifier' }];
  },
);

/** Set by RDS itself or derived from another parameter; "system" in DescribeDBClusterParameters. */
const MANAGED: Readonly<Record<string, string>> = {
  ssl_cert_file: 'RDS keeps its own certificate; set rds.force_ssl: "1" to refuse connections without TLS',
  ssl_key_file: 'RDS keeps its own key; remove it',
  ssl_ca_file: 'RDS keeps its own roots; remove it',
  ssl_crl_file: 'RDS keeps its own roots; remove it',
  wal_level: 'set rds.logical_replication: "1" instead; wal_level follows',
  archive_mode: 'backups are RDS’s own; remove it and set backupRetentionDays',
  archive_command: 'backups are RDS’s own; remove it and set backupRetentionDays',
  config_file: 'the file is RDS’s own; remove it',
  data_directory: 'the folder is RDS’s own; remove it',
  hba_file: 'access is decided by security groups and rds.force_ssl; remove it',
  ident_file: 'the file is RDS’s own; remove it',
  listen_addresses: 'access is decided by subnet and security groups; remove it',
  unix_socket_directories: 'nobody logs in on the machine itself; remove it',
};

/** Attached to the parameters themselves: it reads their names only, so a wrong value of one hides nothing. */
export const managedParameters = rule<Readonly<Record<string, string>>>([], (parameters) =>
  Object.keys(parameters).flatMap((name) => {
    const remedy = MANAGED[name];
    return remedy === undefined
      ? []
      : [{ path: [name], found: name, wanted: 'only parameters a customer may set', remedy }];
  }),
);

/** Refused by CreateDBCluster for aurora-postgresql; `postgres` is allowed. Source: aws-cloudformation/cfn-lint pull request 4425. */
const RESERVED_MASTERS = ['admin', 'rdsadmin'];

export const masterUserFree = rule<{ masterUser: string }>(['masterUser'], ({ masterUser }) =>
  RESERVED_MASTERS.includes(masterUser.toLowerCase())
    ? [
        {
          path: ['masterUser'],
          found: masterUser,
          wanted: `none of the names RDS keeps for itself (${RESERVED_MASTERS.join(', ')})`,
          remedy: 'choose another name, such as dbadmin',
        },
      ]
    : [],
);

export const windowsApart = rule<{ backupWindow: string | null; maintenanceWindow: string | null }>(
  ['backupWindow', 'maintenanceWindow'],
  ({ backupWindow, maintenanceWindow }) => {
    const backup = backupWindow === null ? null : dailySpan(backupWindow);
    const maintenance = maintenanceWindow === null ? null : weeklySpan(maintenanceWindow);
    const short = (key: string, found: string, minutes: number) =>
      minutes >= 30
        ? []
        : [{ path: [key], found, wanted: 'a window of at least 30 minutes', remedy: 'let it end later' }];
    return [
      ...(backup ? short('backupWindow', backupWindow ?? '', lengthMinutes(backup)) : []),
      ...(maintenance ? short('maintenanceWindow', maintenanceWindow ?? '', lengthMinutes(maintenance)) : []),
      ...(backup && maintenance && overlaps(backup, maintenance)
        ? [
            {
              path: ['maintenanceWindow'],
              found: maintenanceWindow ?? '',
              wanted: `a window outside backupWindow, which is ${backupWindow} every day`,
              remedy: 'move one of the two: RDS refuses windows that overlap',
            },
          ]
        : []),
    ];
  },
);

export const monitoringRole = rule<{ intervalSeconds: number; role: string | null }>(
  ['intervalSeconds', 'role'],
  ({ intervalSeconds, role }) =>
    intervalSeconds === 0 || role !== null
      ? []
      : [
          {
            path: ['role'],
            found: 'nothing',
            wanted: `the ARN of an IAM role, since intervalSeconds is ${intervalSeconds}`,
            remedy:
              'name a role that monitoring.rds.amazonaws.com may take, with the policy AmazonRDSEnhancedMonitoringRole, or set intervalSeconds: 0',
          },
        ],
);

export const insightsRetention = rule<{ databaseInsights: string; insightsRetentionDays: number }>(
  ['databaseInsights', 'insightsRetentionDays'],
  ({ databaseInsights, insightsRetentionDays }) =>
    databaseInsights !== 'advanced' || insightsRetentionDays === 465
      ? []
      : [
          {
            path: ['insightsRetentionDays'],
            found: `${insightsRetentionDays}`,
            wanted: '465, which databaseInsights: advanced asks for',
            remedy: 'set insightsRetentionDays: 465, or databaseInsights: standard',
          },
        ],
);
