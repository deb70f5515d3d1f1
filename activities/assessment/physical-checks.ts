import type { Finding } from '../../model/finding.ts';
import { isPhysical, traitsOf } from '../../model/strategy.ts';
import { compareVersions, majorOf } from '../rds/versions.ts';
import { checkOf } from './look.ts';
import { blocker, info, warning, type Check, type ControlPlaneSubject, type DatabaseSubject } from './subject.ts';

/**
 * What a target made of the source's files asks, beyond every other strategy. Sources: Aurora user guide, "Migrating data from an RDS
 * for PostgreSQL DB instance to an Aurora PostgreSQL DB cluster" (by snapshot, by read replica).
 */
export const checkPhysicalTarget: Check<ControlPlaneSubject> = async (subject) => {
  const { plan, instance } = subject;
  if (!isPhysical(plan)) return [];
  const { source, target } = plan;
  const id = `instance ${source.instance}`;
  const findings: Finding[] = [
    info(
      'inherited-master',
      `the target has the master user ${instance.MasterUsername ?? source.user} and its password from ${id}: target.masterUser and target.masterPassword are not used`,
    ),
    ...versions(subject),
  ];
  if (instance.StorageEncrypted === true && !target.storageEncrypted)
    findings.push(
      blocker('encryption-kept', `${id} is encrypted, and so is every copy of it: set target.storageEncrypted: true`),
    );
  if (traitsOf(plan).target === 'replica') findings.push(...replicable(subject, id));
  return findings;
};

function versions({ plan, instance, targetVersion }: ControlPlaneSubject): Finding[] {
  const from = instance.EngineVersion ?? '';
  if (targetVersion === null || from === '') return [];
  const wanted = `strategy ${plan.strategy} wants the source's major and no older minor; name such a target.engineVersion, or choose blue-green or dump`;
  if (majorOf(targetVersion) !== majorOf(from))
    return [blocker('physical-major', `the source has ${from}, the target would have ${targetVersion}: ${wanted}`)];
  if (compareVersions(targetVersion, from) < 0)
    return [blocker('physical-minor', `the source has ${from}, the target would have ${targetVersion}: ${wanted}`)];
  return [];
}

function replicable({ plan, instance }: ControlPlaneSubject, id: string): Finding[] {
  const others = (instance.ReadReplicaDBClusterIdentifiers ?? []).filter((name) => name !== plan.target.cluster);
  return [
    ...(others.length === 0
      ? []
      : [
          blocker(
            'replica-taken',
            `${id} has the Aurora replica ${others.join(', ')}, and may have one only: delete it`,
          ),
        ]),
    ...((instance.BackupRetentionPeriod ?? 0) > 0
      ? []
      : [
          blocker(
            'no-backups',
            `${id} has no automated backups, which a replica needs: set its retention to a day or more`,
          ),
        ]),
  ];
}

/** What a copy of the files carries that it should not, or leaves behind. */
export const checkPhysicalContents: Check<DatabaseSubject> = async (subject) => {
  if (!isPhysical(subject.plan)) return [];
  return [...(await unlogged(subject)), ...(await otherDatabases(subject))];
};

const unlogged = checkOf([
  {
    check: 'unlogged-tables',
    level: 'blocker',
    sql: `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND n.nspname !~ '^pg_' ORDER BY 1`,
    message: (names, { strategy }) =>
      `unlogged tables ${names} arrive empty with strategy ${strategy}: ALTER TABLE … SET LOGGED, or choose dump`,
  },
]);

const otherDatabases: Check<DatabaseSubject> = async ({ session, plan }) => {
  const others = await session.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database
      WHERE NOT datistemplate AND datname NOT IN (current_database(), 'postgres', 'rdsadmin') ORDER BY 1`,
  );
  if (others.length === 0) return [];
  const names = others.map(({ name }) => name).join(', ');
  return [
    warning(
      'databases-come-along',
      `${names}: files know no databases, so a copy of them stands on the target too, unfenced and soon out of date; drop it there when ${plan.source.database} has moved`,
    ),
  ];
};
