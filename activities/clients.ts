import type { RDSClient } from '@aws-sdk/client-rds';
import type { SecretRef } from '../model/plan-values.ts';
import type { Report } from '../model/report.ts';
import type { Progress } from '../model/progress.ts';
import type { Login } from './contract.ts';

/** What the activities work with; `worker/clients.ts` makes it, the only place that knows hosts, files and environment. */
export interface Clients {
  /** One client a region. */
  readonly rds: (region: string) => RDSClient;
  readonly openSession: OpenSession;
  /** Throws `SecretMissing` naming the reference, never the value. */
  readonly readSecret: (ref: SecretRef) => Promise<string>;
  /** Absolute paths of PostgreSQL's client programs. */
  readonly programs: { readonly pgDump: string; readonly pgRestore: string };
  /** PEM of the roots that may sign a database's certificate, as a file for libpq; verification is never off. */
  readonly caFile: string;
  /** Folder for dumps; free space for one compressed copy of the database is needed. */
  readonly scratch: string;
  readonly evidence: EvidenceStore;
  /** How long an activity that waits for AWS lets pass between two looks, in ms; jitter is added. */
  readonly pollIntervalMs: number;
  /** Living workers of the cutover queue, by its pollers of the last minute or so; one that is frozen or busy is not seen. */
  readonly countCutoverWorkers: () => Promise<number>;
}

export interface SessionOptions {
  /** `application_name`; see `sessionName` in `model/names.ts`. */
  readonly name: string;
  /** Another database of the same server, e.g. `postgres`. */
  readonly database?: string;
  /** Time limit of each statement in ms, on client and server; default 60,000, 0 means none. */
  readonly statementTimeoutMs?: number;
}

/** Logs in over verified TLS, with `default_transaction_read_only` off and keepalives on. Throws `DatabaseUnreachable` or `DatabaseRefused`. */
export type OpenSession = (login: Login, options: SessionOptions) => Promise<Session>;

export interface Session extends AsyncDisposable {
  /** Rows of the (last) statement. Errors are translated: SQLSTATE in the failure's details, DETAIL and statement text dropped. */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** BEGIN … COMMIT, ROLLBACK on any throw. */
  transaction<Result>(deed: () => Promise<Result>): Promise<Result>;
  /** Resolves when the connection is gone for whatever reason. */
  readonly closed: Promise<void>;
  readonly pid: number;
  close(): Promise<void>;
}

/** Reports and outcomes, content-addressed; a folder now. Throws `EvidenceUnwritable`. */
export interface EvidenceStore {
  put(digest: string, document: Report | Progress): Promise<{ readonly location: string }>;
}
