import { checkLedger, type LedgerCheck } from '../app/ledger-check.ts';
import type { DemoOptions } from './options.ts';
import { SOURCE } from './plan-file.ts';
import type { Stage } from './stage.ts';

/** The last line of `--json`. */
export type Outcome = {
  readonly status: string;
  readonly strategy: string;
  readonly phases: readonly { readonly name: string; readonly status: string; readonly durationMs: number | null }[];
  /** The longest time without an acknowledged write on any connection of the writer; null: fewer than two writes. */
  readonly writePauseMs: number | null;
  /** The same on the way back, for a demo that went back. */
  readonly rollbackPauseMs?: number | null;
  readonly rowsVerified: number;
  readonly writesAcknowledged: number;
  readonly writesFailed: number;
  /** Counted by reading the ledger back from the side that owns the data. */
  readonly writesLost: number;
  readonly reportPath: string | null;
};

/** Ends the writes, reads the ledger back and puts the figures together. */
export async function settle(
  stage: Stage,
  { strategy, rollback }: DemoOptions,
  rowsShown: number,
): Promise<{ outcome: Outcome; check: LedgerCheck }> {
  await stage.stopWriter();
  const { progress } = await stage.cli.status(SOURCE);
  const check = await checkLedger({
    ledger: stage.ledger,
    envFile: stage.database.envFile,
    caFile: stage.cloud.caFile,
    names: stage.pooler?.names ?? {},
  });
  const { writesAcknowledged, writesFailed, writesLost, longestPauseMs: writePauseMs, wayBackPauseMs } = check;
  const outcome = {
    status: progress.status,
    strategy,
    phases: progress.sections.map(({ name, status, startedAt, endedAt }) => ({
      name,
      status,
      durationMs: startedAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt),
    })),
    writePauseMs,
    ...(rollback ? { rollbackPauseMs: wayBackPauseMs } : {}),
    // Behind the fence if it came to that, else on the copy the approver was shown.
    rowsVerified: Math.max(rowsShown, progress.handOvers[0]?.rowsVerified ?? 0),
    writesAcknowledged,
    writesFailed,
    writesLost,
    reportPath: progress.evidence,
  };
  return { outcome, check };
}
