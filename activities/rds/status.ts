/**
 * What a status of RDS means to somebody who waits for the resource. Ours and not the SDK's waiters: those ask again
 * after any error, wait up to 30 minutes between looks and know only five of the endings below.
 * Source: Aurora and RDS user guides, "Viewing DB cluster/instance status"; CloudFormation's and Terraform's lists.
 */
export type Outlook = 'ready' | 'wait' | 'failed';

const FAILED: ReadonlySet<string> = new Set([
  'cloning-failed',
  'deleting',
  'failed',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'incompatible-create',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
  'insufficient-capacity',
  'migration-failed',
  'restore-error',
  // Somebody stopped it: it will not become available by itself.
  'stopped',
  'storage-full',
]);

/** An unknown status means "keep asking": AWS adds statuses, and none of them is a success. */
export function outlook(status: string | undefined): Outlook {
  if (status === 'available') return 'ready';
  return status !== undefined && FAILED.has(status) ? 'failed' : 'wait';
}
