import { isWritable, type Custody } from '../../model/custody.ts';
import type { SideName } from '../../model/rescue.ts';
import { sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { Activities, Login, Sides } from '../contract.ts';
import { failure } from '../failure.ts';
import { installCustody, readCustodyRow, readTargetRow } from './custody-store.ts';

type Bookkeeping = Pick<Activities, 'claimSource' | 'releaseSource' | 'dropBookkeeping' | 'readCustody'>;

/** Making, reading and removing schema `daybreak`, outside any fenced section. */
export function bookkeeping(clients: Clients): Bookkeeping {
  const open = (migration: string, login: Login) => clients.openSession(login, { name: sessionName(migration, 0) });
  return {
    claimSource: async ({ migration, run, source }) => {
      await using session = await open(migration, source);
      await installCustody(session, { migration, run, state: 'open' });
    },
    releaseSource: async ({ migration, run, source }) => {
      await using session = await open(migration, source);
      const held = await readCustodyRow(session);
      if (held === null || held.migration !== migration || held.run !== run) return 'absent';
      if (!isWritable(held))
        throw failure(
          'CustodyHeldElsewhere',
          `custody of ${held.migration} is ${held.state}; only an open one of ${migration} is released`,
        );
      await session.query('DROP SCHEMA daybreak CASCADE');
      return 'undone';
    },
    dropBookkeeping: async ({ migration, target }) => {
      await using session = await open(migration, target);
      const held = await readCustodyRow(session);
      if (held === null) return 'absent';
      if (held.state !== 'taken')
        throw failure(
          'CustodyHeldElsewhere',
          `custody of the target is ${held.state}; wanted taken before its bookkeeping goes`,
        );
      await session.query('DROP SCHEMA daybreak CASCADE');
      return 'undone';
    },
    readCustody: async (sides) => {
      const [source, target] = await Promise.all([
        readCustody(clients, sides, { side: 'source', token: 0 }),
        readCustody(clients, sides, { side: 'target', token: 0 }),
      ]);
      return { source, target };
    },
  };
}

/** Custody of one side, null where there is none. */
export async function readCustody(
  { openSession }: Pick<Clients, 'openSession'>,
  sides: Sides,
  { side, token }: { readonly side: SideName; readonly token: number },
): Promise<Custody | null> {
  await using session = await openSession(sides[side], { name: sessionName(sides.migration, token) });
  const held = await (side === 'target' ? readTargetRow(session) : readCustodyRow(session));
  if (held === null) return null;
  const { state, before, handOver, deadlineMs } = held;
  return { state, before, token: held.token, handOver, deadlineMs };
}
