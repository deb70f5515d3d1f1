import { Context } from '@temporalio/activity';
import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { copyLines } from '../../model/copy-words.ts';
import { beating } from '../heartbeat.ts';
import { copySnapshot } from './copy-snapshot.ts';
import { dropWorkingCopy } from './working-copy.ts';

/** Activities of the copy; `copyDatabase` is the rehearsal, the cutover calls `copySnapshot` itself, under its token. */
export const copyActivities = (clients: Clients): Pick<Activities, 'copyDatabase' | 'dropWorkingCopy'> => ({
  // The roles it is given are carried by `carryRoles`; histories hold its input as it is.
  copyDatabase: ({ migration, source, target, jobs }) => {
    const context = Context.current();
    return copySnapshot(
      clients,
      { migration, source, target, jobs, token: 0 },
      {
        abort: context.cancellationSignal,
        heartbeat: (details) => context.heartbeat({ says: copyLines({ ...details, live: null }), ...details }),
      },
    );
  },
  ...beating({ dropWorkingCopy: (input: { readonly migration: string }) => dropWorkingCopy(clients, input) }),
});
