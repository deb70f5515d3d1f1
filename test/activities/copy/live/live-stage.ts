import { copyLive, type LiveCopyInput } from '../../../../activities/copy/live/copy-live.ts';
import type { LiveProgress } from '../../../../activities/copy/live/live-progress.ts';
import type { CopyFacts } from '../../../../activities/contract.ts';
import { installCustody } from '../../../../activities/cutover/custody-store.ts';
import { postgresActivities } from '../../../../activities/postgres/index.ts';
import { prepareReplication } from '../../../../activities/replication/prepare-replication.ts';
import { fingerprintAll, type Fingerprint } from '../../../../activities/verification/fingerprint.ts';
import { withHashSessions } from '../../../../activities/verification/hash-sessions.ts';
import type { Major } from '../../../../local/cloud/postgres/binaries.ts';
import { replicationNames } from '../../../../model/names.ts';
import { MASTER, startPair, type Pair, type SideName } from '../../../postgres-pair.ts';
import { until } from '../../../until.ts';

export interface CopyOrder {
  readonly abort?: AbortSignal;
  readonly heartbeat?: (beat: LiveProgress) => void;
  readonly bytesPerSecond?: number | null;
  readonly jobs?: number;
}

/** Two servers and what there is before a live copy begins: roles and custody on the target, the publication on the source. */
export interface LiveStage {
  readonly pair: Pair;
  /** Publication, slot and subscription. */
  readonly forward: string;
  readonly input: LiveCopyInput;
  /** Roles and custody on the target. */
  prepare(): Promise<void>;
  copy(order?: CopyOrder): Promise<CopyFacts>;
  /** Subscribes the target to the copy's slot, and waits until it has everything written so far. */
  follow(subscription?: string): Promise<void>;
  /** The same of a target that is subscribed already. */
  catchUp(): Promise<void>;
  /** Ends the subscription with its slot, and whatever Daybreak keeps on the target: a copy would begin from nothing. */
  startOver(): Promise<void>;
  fingerprints(side: SideName): Promise<Fingerprint[]>;
}

export async function openLiveStage(
  source: Major,
  target: Major,
  schema: (pair: Pair) => Promise<void>,
  publication: 'of all' | 'as prepared' = 'of all',
): Promise<LiveStage> {
  const pair = await startPair({ source, target });
  await schema(pair);
  const { forward } = replicationNames(pair.migration);
  await pair.servers.source.sql(
    `CREATE TABLE public.sentinel (n int PRIMARY KEY); ALTER TABLE sentinel OWNER TO ${MASTER}`,
    [],
    'app',
  );
  const prepare = async (): Promise<void> => {
    await postgresActivities(pair.clients).prepareTarget({ ...pair, run: 'run' });
    if (publication === 'as prepared') await prepareReplication(pair.clients, pair);
  };
  if (publication === 'as prepared') {
    await using session = await pair.clients.openSession(pair.source, { name: 'fixture' });
    await installCustody(session, { ...pair, run: 'run', state: 'open' });
  } else await pair.servers.source.sql(`CREATE PUBLICATION ${forward} FOR ALL TABLES`, [], 'app');
  await prepare();
  const input = { ...pair, jobs: 2, bytesPerSecond: null };
  let sentinel = 0;
  const catchUp = async (): Promise<void> => {
    sentinel += 1;
    await pair.sql('source', `INSERT INTO sentinel VALUES (${sentinel})`);
    const arrived = () => pair.sql('target', `SELECT FROM sentinel WHERE n = ${sentinel}`);
    await until('the last write on the target', async () => (await arrived()).length === 1);
  };
  return {
    pair,
    forward,
    input,
    prepare,
    copy: ({ abort, heartbeat, ...over } = {}) =>
      copyLive(
        pair.clients,
        { ...input, ...over },
        { abort: abort ?? new AbortController().signal, heartbeat: heartbeat ?? (() => undefined) },
      ),
    follow: async (subscription = forward) => {
      await subscribe(pair, forward, subscription);
      await catchUp();
    },
    catchUp,
    startOver: async () => {
      await pair.servers.target.sql(`DROP SUBSCRIPTION IF EXISTS ${forward}`, [], 'app');
      await pair.servers.source.sql(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${forward}'`,
      );
      await pair.sql('source', 'TRUNCATE sentinel');
      await pair.sql('target', 'DROP SCHEMA daybreak CASCADE');
      await prepare();
    },
    fingerprints: (side) =>
      withHashSessions(
        () => pair.clients.openSession(pair[side], { name: 'test' }),
        2,
        new AbortController().signal,
        (sessions) => fingerprintAll(sessions),
      ).then((prints) => prints.toSorted((a, b) => (a.schema + a.table).localeCompare(b.schema + b.table))),
  };
}

async function subscribe({ clients, source, servers }: Pair, forward: string, name: string): Promise<void> {
  const quoted = (text: string): string => `''${text.replaceAll('\\', '\\\\').replaceAll(`'`, `\\''`)}''`;
  const password = quoted(await clients.readSecret(source.password));
  await servers.target.sql(
    `CREATE SUBSCRIPTION ${name} CONNECTION 'host=${source.host} port=${source.port} dbname=app user=${source.user} password=${password} sslmode=require'
       PUBLICATION ${forward} WITH (create_slot = false, copy_data = false, slot_name = '${forward}')`,
    [],
    'app',
  );
}
