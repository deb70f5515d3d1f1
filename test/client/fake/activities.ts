import { cancelled, heartbeat } from '@temporalio/activity';

/** Heartbeats as the real copy does and stays in its middle; ended with its worker. */
export async function copyDatabase(): Promise<void> {
  heartbeat({ stage: 'pg_restore', tables: 7, tablesDone: 3, bytes: 12_400_000 });
  await cancelled();
}

export interface FakeActivities {
  copyDatabase(): Promise<void>;
}
