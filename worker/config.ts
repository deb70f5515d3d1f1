import { z } from 'zod';
import { duration } from '../model/plan-values.ts';
import { StartFailure } from './start-failure.ts';

/**
 * What the worker is told by its environment. The only reader of it beside the AWS SDK's own variables (`AWS_REGION`,
 * `AWS_PROFILE`, `AWS_ENDPOINT_URL_RDS`, …) and Temporal's (`TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`, …).
 */
const environment = z.object({
  PG_BIN: filled('a folder with pg_dump and pg_restore').optional(),
  DAYBREAK_CA_FILE: filled('a PEM file with certificates').optional(),
  DAYBREAK_SCRATCH: filled('a folder with room for a compressed copy').default('.daybreak/scratch'),
  DAYBREAK_EVIDENCE: filled('a folder')
    .refine((place) => !/^[a-z0-9]+:\/\//i.test(place), 'wanted a folder; other stores do not exist yet')
    .default('.daybreak/evidence'),
  DAYBREAK_POLL_INTERVAL: duration.prefault('15s'),
  DAYBREAK_SHUTDOWN_GRACE: duration.prefault('20m'),
  PATH: z.string().default(''),
});

export interface WorkerConfig {
  /** Folder of PostgreSQL's client programs; null: looked for in the usual places. */
  readonly pgBin: string | null;
  /** PEM of roots to trust beside those of RDS; null: none. */
  readonly caFile: string | null;
  /** Folder for dumps; made when missing, for its owner alone. */
  readonly scratch: string;
  readonly evidence: string;
  /** How often AWS is asked while we wait, in ms. */
  readonly pollIntervalMs: number;
  /** How long a cutover that runs may go on after SIGTERM, in ms: above the longest `maxWritePause` of any plan. */
  readonly shutdownGraceMs: number;
  readonly searchPath: string;
}

/** Throws a `StartFailure` (exit code 2) that lists all faults, each with variable, value found and what was wanted. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const read = environment.safeParse(env);
  if (!read.success)
    throw new StartFailure(
      2,
      ['the worker’s environment is not usable:', ...read.error.issues.map((issue) => fault(issue, env))].join('\n  '),
    );
  const { data } = read;
  return {
    pgBin: data.PG_BIN ?? null,
    caFile: data.DAYBREAK_CA_FILE ?? null,
    scratch: data.DAYBREAK_SCRATCH,
    evidence: data.DAYBREAK_EVIDENCE,
    pollIntervalMs: data.DAYBREAK_POLL_INTERVAL,
    shutdownGraceMs: data.DAYBREAK_SHUTDOWN_GRACE,
    searchPath: data.PATH,
  };
}

function filled(wanted: string) {
  return z.string().min(1, `wanted ${wanted}`);
}

function fault({ path, message }: z.core.$ZodIssue, env: Readonly<Record<string, string | undefined>>): string {
  const name = String(path[0]);
  return `${name}=${JSON.stringify(env[name] ?? '')}: ${message}; set it right, or unset it to take the default`;
}
