import { cpus, loadavg, totalmem } from 'node:os';

/** What a figure was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 1024 ** 3),
  node: process.version,
});

/** Of the last minute. Above 1 before a bench begins, something else runs too. */
export const minuteLoad = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100;
