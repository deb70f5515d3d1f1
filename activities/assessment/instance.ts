import type { DBInstance } from '@aws-sdk/client-rds';
import type { Finding } from '../../model/finding.ts';
import { MIGRATION_TAG } from '../../model/names.ts';
import { isProduction } from '../rds/ownership.ts';
import { blocker, info, warning, type Check, type ControlPlaneSubject } from './subject.ts';

/** Statuses in which it takes connections and a snapshot can be asked for soon. */
const USABLE: ReadonlySet<string> = new Set(['available', 'backing-up', 'storage-optimization']);
export const isUsable = ({ DBInstanceStatus }: Pick<DBInstance, 'DBInstanceStatus'>): boolean =>
  USABLE.has(DBInstanceStatus ?? '');

/** Characters of a tag's value that RDS accepts. */
const TAGGABLE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

/** The source as AWS describes it. */
export const checkInstance: Check<ControlPlaneSubject> = async ({ instance, plan, migration }) => {
  const { source, cleanup } = plan;
  const id = `instance ${source.instance}`;
  const findings: Finding[] = [];
  if (instance.Engine !== 'postgres')
    findings.push(blocker('source-engine', `${id} is ${instance.Engine ?? 'of no engine'}: wanted RDS for PostgreSQL`));
  if (!isUsable(instance))
    findings.push(
      blocker('source-not-available', `${id} is ${instance.DBInstanceStatus ?? 'without a status'}: wait or start it`),
    );
  const account = instance.DBInstanceArn?.split(':')[4];
  if (account !== source.account)
    findings.push(
      blocker('account-differs', `${id} is in account ${account ?? '(none)'}: source.account is ${source.account}`),
    );
  if (isProduction({ tags: instance.TagList }))
    findings.push(
      blocker('source-is-target', `${id} is the target of an earlier migration: migrate its cluster's source`),
    );
  if (!TAGGABLE.test(migration))
    findings.push(
      blocker('id-not-taggable', `${migration} cannot be the value of tag ${MIGRATION_TAG}: rename the database`),
    );
  if (instance.MasterUsername !== source.user)
    findings.push(
      warning('not-master', `source.user is ${source.user}, the master user is ${instance.MasterUsername ?? '(none)'}`),
    );
  return [...findings, ...aftermath(id, instance, cleanup), ...encryption(id, instance, plan)];
};

type Source = ControlPlaneSubject['instance'];
type Plan = ControlPlaneSubject['plan'];

function aftermath(id: string, instance: Source, cleanup: Plan['cleanup']): Finding[] {
  const replicas = [
    ...(instance.ReadReplicaDBInstanceIdentifiers ?? []),
    ...(instance.ReadReplicaDBClusterIdentifiers ?? []),
  ];
  const findings: Finding[] = [];
  if (replicas.length > 0)
    findings.push(
      warning(
        'read-replicas',
        `${id} has read replicas (${replicas.join(', ')}): they get nothing new after the cutover`,
      ),
    );
  if (cleanup.source === 'delete' && instance.DeletionProtection === true)
    findings.push(
      warning('source-protected', `${id} has deletion protection and cleanup.source is delete: switch it off by then`),
    );
  return findings;
}

function encryption(id: string, instance: Source, { target }: Plan): Finding[] {
  if (instance.StorageEncrypted === true && !target.storageEncrypted)
    return [warning('encryption-lost', `${id} is encrypted and target.storageEncrypted is false`)];
  if (instance.PubliclyAccessible === true && !target.publiclyAccessible)
    return [
      info('becomes-private', `${id} is publicly accessible, the target will not be: clients need a private way`),
    ];
  return [];
}
