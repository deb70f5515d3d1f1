import type { CloudwatchLogsExportConfiguration } from '@aws-sdk/client-rds';

/** The kinds of log that are exported once `change` is done. The cloud has no CloudWatch: this is only recorded. */
export function logExports(
  current: readonly string[] | undefined,
  change: CloudwatchLogsExportConfiguration,
): string[] {
  const enabled = new Set([...(current ?? []), ...(change.EnableLogTypes ?? [])]);
  for (const type of change.DisableLogTypes ?? []) enabled.delete(type);
  return [...enabled];
}
