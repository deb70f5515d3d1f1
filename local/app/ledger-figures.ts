import type { LedgerEntry } from './ledger.ts';

export type LedgerFigures = {
  readonly writesAcknowledged: number;
  /** Writes the client gave up on after being told no. */
  readonly writesFailed: number;
  /** The longest time between two acknowledged writes of one path, over all paths, in ms; null with fewer than two. */
  readonly longestPauseMs: number | null;
  /** The longest a client waited for one acknowledged write, in ms. */
  readonly worstLatencyMs: number;
  /** Servers that acknowledged writes, in the order of their first. */
  readonly servers: readonly string[];
};

export function ledgerFigures(ledger: readonly LedgerEntry[]): LedgerFigures {
  const acknowledged = ledger.filter(({ by }) => by !== null);
  return {
    writesAcknowledged: acknowledged.length,
    writesFailed: ledger.length - acknowledged.length,
    longestPauseMs: longestPause(acknowledged),
    worstLatencyMs: Math.round(acknowledged.reduce((worst, { tookMs }) => Math.max(worst, tookMs), 0)),
    servers: [...new Set(acknowledged.map(({ by }) => by ?? ''))],
  };
}

function longestPause(acknowledged: readonly LedgerEntry[]): number | null {
  const last = new Map<string, number>();
  let longest: number | null = null;
  for (const { path, at } of acknowledged) {
    const before = last.get(path);
    if (before !== undefined) longest = Math.max(longest ?? 0, Math.round(at - before));
    last.set(path, at);
  }
  return longest;
}
