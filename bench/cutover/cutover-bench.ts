import type { Client } from 'pg';
import { minuteLoad } from '../machine.ts';
import { circumstances, type Circumstances } from './circumstances.ts';
import { openCutoverStage, type CutoverStage } from './cutover-stage.ts';
import type { LoadOptions } from './load.ts';
import { openMigration } from './migration.ts';
import { runRound, type RoundResult } from './round.ts';
import { summaryOf, type Summary } from './summary.ts';

export type BenchSettings = Omit<LoadOptions, 'run'> & {
  readonly runs: number;
  /** Connections of the pooler to a server. */
  readonly pool: number;
  /** Major version of both sides. */
  readonly engine: string;
};

export interface CutoverBenchResult extends Summary, Circumstances {
  /** Clients that go to the database themselves; null: left out. */
  readonly withoutPooler: Summary | null;
  readonly settings: BenchSettings;
  /** Each run by itself. */
  readonly runs: { readonly withPooler: readonly RoundResult[]; readonly withoutPooler: readonly RoundResult[] };
}

type Say = (line: string) => void;

/** Cutovers and rollbacks under load: behind a PgBouncer first, then, unless told otherwise, without one. */
export async function cutoverBench(
  settings: BenchSettings,
  { direct, say }: { readonly direct: boolean; readonly say: Say },
): Promise<CutoverBenchResult> {
  const loadBefore = minuteLoad();
  if (loadBefore > 1)
    say(`LOADED: the load of the last minute is ${loadBefore}; the figures say more about that than about us`);
  const withPooler = await measure(settings, { pooler: true, settled: false, say });
  const withoutPooler = direct ? (await measure(settings, { pooler: false, settled: false, say })).rounds : [];
  return {
    ...summaryOf(withPooler.rounds),
    withoutPooler: direct ? summaryOf(withoutPooler) : null,
    ...withPooler.around,
    loadBefore,
    settings,
    runs: { withPooler: withPooler.rounds, withoutPooler },
  };
}

export interface Measured {
  readonly rounds: readonly RoundResult[];
  readonly around: Circumstances;
  /** Of the source's database, before the first run. */
  readonly bytes: number;
}

/** The first run copies and goes there and back; the others go there and back again, as one does who had to return. `settled`: as of {@link runRound}. */
export async function measure(
  { runs, engine, pool, ...load }: BenchSettings,
  { pooler, settled, say }: { readonly pooler: boolean; readonly settled: boolean; readonly say: Say },
): Promise<Measured> {
  const kind = pooler ? 'behind a PgBouncer' : 'without a pooler';
  say(`${kind}: making the source, scale ${load.scale}`);
  await using stage = await openCutoverStage({ scale: load.scale, major: engine, pool: pooler ? pool : null });
  say(`${kind}: the workers' logs are in ${stage.logs}`);
  await using migration = await openMigration(stage.address, stage.plan);
  const around = await asked(stage, circumstances);
  const bytes = await asked(stage, databaseBytes);
  const rounds: RoundResult[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const round = await runRound(stage, migration, { ...load, run, settled });
    rounds.push(round);
    say(`${kind}, run ${run} of ${runs}, ${round.seconds} s: ${inWords(round)}`);
  }
  return { rounds, around, bytes };
}

async function asked<Answer>(stage: CutoverStage, ask: (client: Client) => Promise<Answer>): Promise<Answer> {
  const client = await stage.connect('source');
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

async function databaseBytes(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    'SELECT pg_database_size(current_database())::float8 AS bytes',
  );
  return rows[0]?.bytes ?? 0;
}

const inWords = (round: RoundResult): string =>
  (['cutover', 'rollback'] as const)
    .map((name) => {
      const { ackGapMs, worstLatencyMs, failed, lost } = round[name];
      return `${name}: gap ${ackGapMs} ms, worst latency ${worstLatencyMs} ms, ${failed} failed, ${lost} lost`;
    })
    .concat(`alone: worst latency ${round.control.worstLatencyMs} ms`)
    .join('; ');
