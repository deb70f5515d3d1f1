import { MIGRATE_WORKFLOW } from '../../workflows/messages.ts';
import type { Temporal } from './connect.ts';

/** One line of `daybreak list`. */
export interface RunEntry {
  readonly id: string;
  readonly run: string;
  /** Temporal's word for how the execution stands. */
  readonly execution: string;
  /** The run's own word, where the namespace has Daybreak's search attributes. */
  readonly status: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** The newest runs first; `active` leaves out those that ended. */
export async function listRuns({ client, within }: Temporal, limit: number, active = false): Promise<RunEntry[]> {
  const query = `WorkflowType = '${MIGRATE_WORKFLOW}'${active ? " AND ExecutionStatus = 'Running'" : ''}`;
  return await within(async () => {
    const entries: RunEntry[] = [];
    for await (const info of client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
      entries.push({
        id: info.workflowId,
        run: info.runId,
        execution: info.status.name,
        status: statusOf(info.searchAttributes['MigrationStatus']),
        startedAt: info.startTime.toISOString(),
        endedAt: info.closeTime?.toISOString() ?? null,
      });
      if (entries.length >= limit) break;
    }
    return entries;
  });
}

const statusOf = (attribute: readonly unknown[] | undefined): string | null => {
  const [value] = attribute ?? [];
  return typeof value === 'string' ? value : null;
};
