import { setTimeout as wait } from 'node:timers/promises';
import type { HandOverFacts } from '../../model/progress.ts';
import type { CutoverStage } from './cutover-stage.ts';
import { roundFigures, WINDOW_MS, type RoundFigures } from './hand-over-figures.ts';
import { readLedger, type Ledger } from './ledger.ts';
import type { LoadOptions } from './load.ts';
import type { Migration } from './migration.ts';

/** One way there and back, measured. */
export interface RoundResult extends RoundFigures {
  readonly steps: Readonly<Record<'cutover' | 'rollback', HandOverFacts['steps']>>;
  readonly seconds: number;
}

/** Until connections are open and caches warm. */
const RUN_IN_MS = 2_000;
/** The window around a hand-over has to be over before anything else begins. */
const AFTER_MS = WINDOW_MS / 2 + 500;

/** The load alone; then the whole way to the gate, the cutover and the rollback under it. `settled`: a checkpoint of both sides first. */
export async function runRound(
  stage: CutoverStage,
  migration: Migration,
  { settled, ...options }: LoadOptions & { readonly settled: boolean },
): Promise<RoundResult> {
  const began = performance.now();
  await using load = await stage.startLoad(options);
  await wait(RUN_IN_MS);
  const controlFromMs = Date.now();
  await wait(WINDOW_MS);
  await migration.toTheGate();
  if (settled) await settle(stage);
  await wait(AFTER_MS);
  const there = await migration.cutOver();
  await wait(AFTER_MS);
  if (settled) await settle(stage);
  const back = await migration.goBack();
  await wait(AFTER_MS);
  const record = await load.stop();
  const source = await ledgerOf(stage, 'source', options.run);
  const target = await ledgerOf(stage, 'target', options.run);
  const figures = roundFigures({
    record,
    controlFromMs,
    ledgers: { source: source.ledger, target: target.ledger },
    servers: { source: source.server, target: target.server },
  });
  const steps = { cutover: stepsOf(there), rollback: stepsOf(back) };
  return { ...figures, steps, seconds: Math.round((performance.now() - began) / 1000) };
}

/** What the copy wrote is on disk then, as it is after the hours for which a gate or a soak waits. */
async function settle(stage: CutoverStage): Promise<void> {
  for (const side of ['source', 'target'] as const) {
    const client = await stage.connect(side);
    try {
      await client.query('CHECKPOINT');
    } finally {
      await client.end();
    }
  }
}

/** Throws where an attempt was completed by another: its pause is not that of a hand-over. */
function stepsOf({ direction, steps }: HandOverFacts): HandOverFacts['steps'] {
  if (steps.some(({ name }) => name === 'commit')) return steps;
  throw new Error(`${direction}: the attempt was cut short and completed by another; wanted one that came to its end`);
}

async function ledgerOf(
  stage: CutoverStage,
  side: 'source' | 'target',
  run: number,
): Promise<{ readonly ledger: Ledger; readonly server: number }> {
  const client = await stage.connect(side);
  try {
    const { rows } = await client.query<{ server: number }>('SELECT inet_server_port() AS server');
    return { ledger: await readLedger(client, run), server: rows[0]?.server ?? 0 };
  } finally {
    await client.end();
  }
}
