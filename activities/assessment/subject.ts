import type { DBInstance, RDSClient } from '@aws-sdk/client-rds';
import type { Finding } from '../../model/finding.ts';
import type { Clients, Session } from '../clients.ts';
import type { Login, Owner } from '../contract.ts';

/**
 * What the checks look at. A check reads only, and answers findings; it throws when it could not look. Silence means that
 * nothing is to be said, also when another check owns the cause.
 */
export interface Subject extends Owner {
  readonly run: string;
  readonly clients: Clients;
  readonly rds: RDSClient;
}

/** What AWS tells. */
export interface ControlPlaneSubject extends Subject {
  readonly instance: DBInstance;
  /** Null where the plan's version cannot be resolved, which another check says. */
  readonly targetVersion: string | null;
}

/** What the source's server tells; `session` is logged in as `plan.source.user`. */
export interface DatabaseSubject extends Subject {
  readonly session: Session;
  readonly login: Login;
  /** `15.18` */
  readonly sourceVersion: string;
  readonly targetVersion: string | null;
}

export type Check<Looked> = (subject: Looked) => Promise<readonly Finding[]>;

const finding =
  (level: Finding['level']) =>
  (check: string, message: string): Finding => ({ level, check, message });
export const blocker = finding('blocker');
export const warning = finding('warning');
export const info = finding('info');

/** At most ten names for a message, and how many more there are. */
export function listed(names: readonly string[]): string {
  const rest = names.length - 10;
  return `${names.slice(0, 10).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
