import type { Clients } from '../../activities/clients.ts';
import { sqlStateOf } from '../../activities/postgres/postgres-failure.ts';
import { MASTER, type SideName } from '../postgres-pair.ts';
import { until } from '../until.ts';
import type { Lane } from './lane.ts';

const SIDES = ['source', 'target'] as const;

interface CustodyOnSide {
  readonly side: SideName;
  readonly state: string;
  readonly handOver: string | null;
}

async function custody({ stage }: Lane): Promise<CustodyOnSide[]> {
  return await Promise.all(
    SIDES.map(async (side) => {
      // As the server's own user, whom no fence ends.
      const { rows } = await stage.pair.servers[side].sql('SELECT state, hand_over FROM daybreak.custody', [], 'app');
      const [row] = rows as { state: string; hand_over: string | null }[];
      return { side, state: row?.state ?? 'absent', handOver: row?.hand_over ?? null };
    }),
  );
}

/** The side whose custody has the writes; null while none or both have. */
export async function owner(lane: Lane): Promise<SideName | null> {
  const owners = (await custody(lane)).filter(({ state }) => state === 'open' || state === 'taken');
  return owners.length === 1 ? (owners[0]?.side ?? null) : null;
}

/** Where no workflow is left to say how it ended, custody does, once it is final. */
export async function settledBy(lane: Lane, handOver: string): Promise<string> {
  return await until('custody to be final', async () => {
    const held = await custody(lane);
    if (held.filter(({ state }) => state === 'open' || state === 'taken').length !== 1) return null;
    if (held.some(({ state, handOver: by }) => state === 'taken' && by === handOver)) return 'handed over (by custody)';
    return held.some(({ handOver: by }) => by === handOver) ? 'given back (by custody)' : 'not begun (by custody)';
  });
}

/**
 * Sides that accept a write: of the application, and where writes were given away also of the master user, who passes roles and read-only
 * defaults. A target that never had the writes is closed to the application only.
 */
export async function writableSides(lane: Lane): Promise<SideName[]> {
  const { pair } = lane.stage;
  const tried = (await custody(lane)).map(async ({ side, state }) => {
    const roles = state === 'closed' ? ['app_rw'] : ['app_rw', MASTER];
    const accepted = await Promise.all(roles.map((role) => accepts(pair.clients, pair.loginOf(side, role))));
    return accepted.some(Boolean) ? [side] : [];
  });
  return (await Promise.all(tried)).flat();
}

/** SQLSTATEs of a side that is closed: no login, no CONNECT, a table or database that takes no writes. */
const CLOSED = ['28000', '42501', '25006'];

let probes = 0;

async function accepts({ openSession }: Clients, login: Parameters<Clients['openSession']>[0]): Promise<boolean> {
  probes += 1;
  const id = `probe-${process.pid}-${probes}`;
  try {
    await using session = await openSession(login, { name: 'application', statementTimeoutMs: 5_000 });
    await session.query('INSERT INTO ledger VALUES ($1, 0)', [id]);
    return true;
  } catch (error) {
    // Any other would say nothing of the side.
    if (CLOSED.includes(sqlStateOf(error) ?? '')) return false;
    throw error;
  }
}

/** Acknowledged writes that are not on the side that takes writes now; where that is not one side, on the one that custody names. */
export async function missingFrom(
  lane: Lane,
  sides: readonly SideName[],
  ids: readonly string[],
): Promise<readonly string[]> {
  const side = sides.length === 1 ? sides[0] : await owner(lane);
  if (side == null) return [];
  const { rows } = await lane.stage.pair.servers[side].sql(
    'SELECT id FROM unnest($1::text[]) AS a(id) WHERE NOT EXISTS (SELECT FROM ledger l WHERE l.id = a.id)',
    [ids],
    'app',
  );
  return (rows as { id: string }[]).map(({ id }) => id);
}

/** Comparing all rows would take longer with every cell. What a writer wrote last stays: it looks for it when it logs in again. */
export async function forgetOldWrites(lane: Lane): Promise<void> {
  const side = await owner(lane);
  if (side === null) return;
  await lane.stage.pair.servers[side].sql(
    `DELETE FROM ledger WHERE (SELECT count(*) FROM ledger) > 20000 AND n < (
       SELECT min(last) - 1000 FROM (SELECT max(n) AS last FROM ledger WHERE id LIKE 'w%' GROUP BY split_part(id, '-', 1)) w)`,
    [],
    'app',
  );
}
