import type { LedgerEntry } from './ledger.ts';

export type LedgerFigures = {
  readonly writesAcknowledged: number;
  /** Writes the client gave up on after being told no. */
  readonly writesFailed: number;
  /** The longest time between two acknowledged writes of one path, over all paths, in ms; null with fewer than two. Without the way back. */
  readonly longestPauseMs: number | null;
  /** The same from a write that another server acknowledged to the next one by the server of the ledger's first; null: nobody went back. */
  readonly wayBackPauseMs: number | null;
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
    ...longestPauses(acknowledged),
    worstLatencyMs: Math.round(acknowledged.reduce((worst, { tookMs }) => Math.max(worst, tookMs), 0)),
    servers: [...new Set(acknowledged.map(({ by }) => by ?? ''))],
  };
}

function longestPauses(acknowledged: readonly LedgerEntry[]): Pick<LedgerFigures, 'longestPauseMs' | 'wayBackPauseMs'> {
  const first = acknowledged[0]?.by;
  const last = new Map<string, LedgerEntry>();
  const longest = { longestPauseMs: null as number | null, wayBackPauseMs: null as number | null };
  for (const entry of acknowledged) {
    const before = last.get(entry.path);
    last.set(entry.path, entry);
    if (before === undefined) continue;
    const direction = entry.by === first && before.by !== first ? 'wayBackPauseMs' : 'longestPauseMs';
    longest[direction] = Math.max(longest[direction] ?? 0, Math.round(entry.at - before.at));
  }
  return longest;
}
