import type { Clients, Session } from '../clients.ts';
import type { Login } from '../contract.ts';

/** One state of the source that any number of sessions and programs see; it lasts as long as the session that holds it. */
export interface Snapshot extends AsyncDisposable {
  /** For `pg_dump --snapshot` and SET TRANSACTION SNAPSHOT. */
  readonly id: string;
  /** Itself inside the snapshot. */
  readonly holder: Session;
  /** Another session inside the snapshot; the caller closes it. */
  readonly read: () => Promise<Session>;
}

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** `name`: application_name of its sessions. */
export async function holdSnapshot(clients: Clients, source: Login, name: string): Promise<Snapshot> {
  const open = async (then: (session: Session) => Promise<unknown>): Promise<Session> => {
    const session = await clients.openSession(source, { name, statementTimeoutMs: 0 });
    try {
      await session.query(BEGIN);
      await then(session);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  };
  let id = '';
  const holder = await open(async (session) => {
    const [row] = await session.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    id = row?.id ?? '';
  });
  return {
    id,
    holder,
    // SET TRANSACTION takes no parameters; the id is the server's own, of hex digits and hyphens.
    read: () => open((session) => session.query(`SET TRANSACTION SNAPSHOT '${id}'`)),
    [Symbol.asyncDispose]: () => holder.close(),
  };
}
