import { activityInfo, heartbeat } from '@temporalio/activity';
import { call, rdsErrorName } from './rds-failure.ts';

/**
 * Deleting is waiting: an attempt asks for the deletion and fails with `ResourceNotReady`, a later one finds nothing and
 * returns. Who comes after may rely on the resource being gone.
 */
const DELETING = 'deleting';

/** Asks once; that it is gone already (a lost answer, another hand) is what was wanted. Later attempts know that it was there. */
export async function askToDelete(what: string, notFound: string, deed: () => Promise<unknown>): Promise<void> {
  heartbeat(DELETING);
  await call(`delete ${what}`, async () => {
    try {
      await deed();
    } catch (error) {
      if (rdsErrorName(error) !== notFound) throw error;
    }
  });
}

/** What a deletion that finds nothing has done: `undone` if an earlier attempt of this activity asked for it. */
export const goneNow = (): 'undone' | 'absent' => (activityInfo().heartbeatDetails === DELETING ? 'undone' : 'absent');
