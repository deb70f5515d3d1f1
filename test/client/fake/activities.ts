import { heartbeat, sleep } from '@temporalio/activity';

/** Heartbeats as the real copy does, for ever; ended with its worker. */
export async function copyDatabase(): Promise<void> {
  for (;;) {
    heartbeat({ stage: 'pg_restore', tables: 7, tablesDone: 3, bytes: 12_400_000 });
    await sleep(200);
  }
}

export interface FakeActivities {
  copyDatabase(): Promise<void>;
}
