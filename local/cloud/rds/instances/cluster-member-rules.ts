import type { CreateDBInstanceMessage, ModifyDBInstanceMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { ClusterRecord } from '../state.ts';
import { validClass } from './instance-classes.ts';

/** What belongs to the cluster cannot be said of its member. */
const OF_THE_CLUSTER = [
  'MasterUsername',
  'MasterUserPassword',
  'ManageMasterUserPassword',
  'DBName',
  'AllocatedStorage',
  'BackupRetentionPeriod',
  'PreferredBackupWindow',
  'StorageEncrypted',
  'KmsKeyId',
  'VpcSecurityGroupIds',
  'DeletionProtection',
  'StorageType',
  'Iops',
  'MultiAZ',
] as const;

/** @throws ApiError when an instance like this cannot become a member of that cluster, or not now. */
export function mustFitCluster(input: CreateDBInstanceMessage, { shape }: ClusterRecord): void {
  const foreign = OF_THE_CLUSTER.find((parameter) => input[parameter] !== undefined);
  if (foreign !== undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      `The requested DB Instance will be a member of a DB Cluster. Set ${foreign} for the DB Cluster.`,
    );
  if (input.Engine !== shape.Engine)
    throw new ApiError(
      'InvalidParameterCombination',
      `The engine name requested for your DB instance (${input.Engine}) doesn't match the engine name of your DB cluster (${shape.Engine}).`,
    );
  if (input.EngineVersion !== undefined && input.EngineVersion !== shape.EngineVersion)
    throw new ApiError(
      'InvalidParameterCombination',
      `The engine version that you requested for your DB instance (${input.EngineVersion}) does not match the engine version of your DB cluster (${shape.EngineVersion})`,
    );
  if (shape.Status !== 'available')
    throw new ApiError(
      'InvalidDBClusterStateFault',
      `DB cluster ${shape.DBClusterIdentifier} is not available for the creation of an instance: its status is ${shape.Status}.`,
    );
  if (shape.ReplicationSourceIdentifier !== undefined && shape.DBClusterMembers.length > 0)
    throw new ApiError(
      'InvalidDBClusterStateFault',
      `DB cluster ${shape.DBClusterIdentifier} is a read replica and has its one DB instance until it is promoted.`,
    );
}

/** What is changed on the cluster only. */
const CHANGED_ON_CLUSTER = [
  'MasterUserPassword',
  'BackupRetentionPeriod',
  'PreferredBackupWindow',
  'AllocatedStorage',
  'VpcSecurityGroupIds',
  'DeletionProtection',
] as const;

/** @throws ApiError when a modification of a member asks for what belongs to its cluster. */
export function mustLeaveToCluster(input: ModifyDBInstanceMessage): void {
  const foreign = CHANGED_ON_CLUSTER.find((parameter) => input[parameter] !== undefined);
  if (foreign !== undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      `The DB instance is a member of a DB cluster. Modify ${foreign} of the DB cluster.`,
    );
}

export function memberClass({ shape }: ClusterRecord, wanted: string | undefined): string {
  const instanceClass = validClass('aurora-postgresql', wanted);
  if (instanceClass === 'db.serverless' && !shape.ServerlessV2ScalingConfiguration)
    throw new ApiError(
      'InvalidParameterCombination',
      'Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.',
    );
  return instanceClass;
}
