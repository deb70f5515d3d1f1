import type { Circumstances } from './circumstances.ts';
import { measure, type BenchSettings } from './cutover-bench.ts';
import { summaryOf, type Summary } from './summary.ts';

export interface SizeResult extends Summary {
  /** Of the database, as the server says. */
  readonly bytes: number;
  readonly scale: number;
}

export interface SizeBenchResult extends Circumstances {
  readonly sizes: readonly SizeResult[];
  readonly settings: Omit<BenchSettings, 'scale'>;
}

/** One scale of pgbench with its index is about so many bytes. */
const BYTES_PER_SCALE = 15_500_000;

/**
 * The same behind a PgBouncer for databases of about so many bytes. Gigabytes just copied keep the disk busy for minutes, which a person
 * at the gate takes; so both sides make a checkpoint before each hand-over, whatever the size.
 */
export async function sizeBench(
  sizes: readonly number[],
  { runs, rate, clients, pool, engine }: Omit<BenchSettings, 'scale'>,
  say: (line: string) => void,
): Promise<SizeBenchResult> {
  const settings = { runs, rate, clients, pool, engine };
  const results: SizeResult[] = [];
  let first: Circumstances | undefined;
  for (const size of sizes) {
    const scale = Math.max(1, Math.round(size / BYTES_PER_SCALE));
    const { rounds, around, bytes } = await measure({ ...settings, scale }, { pooler: true, settled: true, say });
    results.push({ ...summaryOf(rounds), bytes, scale });
    first ??= around;
  }
  if (first === undefined) throw new Error('no sizes, nothing to measure');
  return { sizes: results, settings, ...first };
}
