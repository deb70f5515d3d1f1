import { machine, minuteLoad, type Machine } from '../machine.ts';
import { median } from '../median.ts';
import { openBenchStage, type BenchStage } from './bench-stage.ts';
import { engines, type Engine } from './engines.ts';

export interface CopyBenchOptions {
  /** Of the source's database, about. */
  readonly bytes: number;
  readonly runs: number;
  readonly jobs: number;
  readonly say: (line: string) => void;
}

/** Seconds of wall time. */
export interface EngineResult {
  readonly words: string;
  readonly seconds: readonly number[];
  readonly median: number;
  readonly best: number;
}

export interface CopyBenchResult {
  readonly machine: Machine;
  readonly server: string;
  readonly databaseBytes: number;
  readonly runs: number;
  /** Of one minute, right before and after: above 1 before, something else ran too. */
  readonly load: { readonly before: number; readonly after: number };
  readonly missing: readonly string[];
  readonly ours: EngineResult;
  readonly rivals: Readonly<Partial<Record<Engine['name'], EngineResult>>>;
  /** Medians; null where the rival is missing. */
  readonly ratioToPgcopydb: number | null;
  readonly ratioToDumpPsql: number | null;
  /** The greatest of all runs. */
  readonly workerRssMb: number;
}

/** Runs all engines in turns, so that what slows the machine down slows all of them, and checks every copy that was made. */
export async function copyBench({ bytes, runs, jobs, say }: CopyBenchOptions): Promise<CopyBenchResult> {
  const before = minuteLoad();
  if (before > 1) say(`LOADED: the load of the last minute is ${before}; only ratios mean something`);
  const { found, missing } = await engines(jobs);
  for (const program of missing) say(`MISSING: ${program} is not installed and is left out`);
  await using stage = await openBenchStage(bytes);
  say(`the source has ${Math.round(stage.bytes / 1e6)} MB in ${stage.tables.length} tables`);
  const seconds = new Map<Engine['name'], number[]>(found.map(({ name }) => [name, []]));
  let workerRssMb = 0;
  for (let run = 0; run < runs; run += 1)
    for (const engine of [...found.slice(run % found.length), ...found.slice(0, run % found.length)]) {
      const result = await runOnce(stage, engine);
      seconds.get(engine.name)?.push(result.seconds);
      workerRssMb = Math.max(workerRssMb, result.rssMb ?? 0);
      say(`run ${run + 1} of ${runs}, ${engine.words}: ${result.seconds.toFixed(2)} s`);
    }
  const results = new Map(found.map(({ name, words }) => [name, resultOf(words, seconds.get(name) ?? [])]));
  const ours = results.get('ours');
  if (ours === undefined) throw new Error('pg_dump is not installed: our own copy needs it');
  const ratio = (rival: Engine['name']): number | null => {
    const other = results.get(rival);
    return other === undefined ? null : rounded(ours.median / other.median);
  };
  return {
    machine: machine(),
    server: await serverOf(stage),
    databaseBytes: stage.bytes,
    runs,
    load: { before, after: minuteLoad() },
    missing,
    ours,
    rivals: Object.fromEntries([...results].filter(([name]) => name !== 'ours')),
    ratioToPgcopydb: ratio('pgcopydb'),
    ratioToDumpPsql: ratio('dumpPsql'),
    workerRssMb,
  };
}

async function runOnce(stage: BenchStage, engine: Engine): ReturnType<Engine['run']> {
  await stage.reset();
  const result = await engine.run(stage);
  await stage.demandCopied(engine.makes);
  return result;
}

function resultOf(words: string, seconds: readonly number[]): EngineResult {
  return {
    words,
    seconds: seconds.map(rounded),
    median: rounded(median(seconds)),
    best: rounded(Math.min(...seconds)),
  };
}

async function serverOf({ pair }: BenchStage): Promise<string> {
  const settings = [
    'server_version',
    'shared_buffers',
    'max_wal_size',
    'wal_level',
    'fsync',
    'full_page_writes',
    'synchronous_commit',
    'max_parallel_maintenance_workers',
  ];
  const found = await pair.sql<{ text: string }>(
    'target',
    `SELECT format('%s=%s', s, current_setting(s)) AS text FROM unnest('{${settings.join()}}'::text[]) s`,
  );
  return found.map(({ text }) => text).join(' ');
}

const rounded = (seconds: number): number => Math.round(seconds * 100) / 100;
