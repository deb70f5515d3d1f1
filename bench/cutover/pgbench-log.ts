import type { Acknowledged, LoadRecord } from './load.ts';

/**
 * Reads what `pgbench --log` writes: a line for each transaction, `client number time script epoch µs lag`, with the time in µs from the
 * moment `--rate` had it due, or `failed`
 * (https://www.postgresql.org/docs/15/pgbench.html, "Per-Transaction Logging"). Each client's lines are in the order of its
 * transactions, so the n-th is its n-th write. Throws at a line it cannot read.
 */
export function readPgbenchLog(log: string): LoadRecord {
  const acknowledged: Acknowledged[] = [];
  const failed: { atMs: number; message: string }[] = [];
  const counts = new Map<number, number>();
  for (const line of log.split('\n').filter((text) => text !== '')) {
    const [client, , time, , seconds, micros] = line.split(' ');
    const atMs = Number(seconds) * 1000 + Number(micros) / 1000;
    if (time === undefined || !Number.isFinite(atMs)) throw new Error(`no line of a pgbench log: ${line}`);
    const number = (counts.get(Number(client)) ?? 0) + 1;
    counts.set(Number(client), number);
    if (Number.isFinite(Number(time)))
      acknowledged.push({ client: Number(client), number, atMs, tookMs: Number(time) / 1000 });
    else failed.push({ atMs, message: `transaction ${number} of client ${client}: ${time}` });
  }
  return { acknowledged: acknowledged.toSorted((a, b) => a.atMs - b.atMs), failed };
}
