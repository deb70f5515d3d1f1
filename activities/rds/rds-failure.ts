import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { FailureType } from '../../model/failure.ts';
import { failure } from '../failure.ts';

/**
 * AWS's errors become failures of ours here, at the border, by name. The SDK names an error by its shape
 * (`DBClusterNotFoundFault`), and one its model does not know by its code on the wire (`Throttling`, `AccessDenied`).
 */
const awsError = z.object({
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.number().optional() }),
});

const THROTTLED =
  /^(Throttling|ThrottlingException|ThrottledException|RequestLimitExceeded|TooManyRequests.*|SlowDown)$/;
/** Fresh credentials or a clock that has caught up help; both come by themselves. */
const STALE_LOGIN = /^(ExpiredToken|ExpiredTokenException|RequestExpired|RequestTimeTooSkewed)$/;
/** The resource is in transition: `InvalidDBInstanceStateFault` and its sisters for clusters, snapshots, groups. */
const IN_TRANSITION = /^Invalid(DB(Cluster|Instance|Snapshot|ClusterSnapshot|ParameterGroup)State)(Fault)?$/;
const NO_CAPACITY = /^Insufficient(DBInstance|DBCluster|StorageCluster)Capacity(Fault)?$/;
/** A monitoring role made seconds ago is not yet known everywhere in IAM. */
const ROLE_UNKNOWN_YET = /^IAM role ARN value is invalid/;
const NETWORK = /^(E(CONN|HOST|NET|PIPE|TIMEDOUT|NOTFOUND|AI_)|TimeoutError$|RequestTimeout)/;

const CAPACITY_RETRY_MS = 10 * 60_000;
/** A failure lies in the history: long enough for AWS's sentence, far below Temporal's 4 KiB. */
const LONGEST_MESSAGE = 400;

export interface CallSubject {
  /** What was asked, for people: `create cluster mindmeasure-aurora`. */
  readonly what: string;
  /** Never to appear in a message, whatever AWS echoes. */
  readonly secret?: string;
}

/**
 * Runs one call of the RDS API. Throws `ControlPlaneBusy` (AWS or the network asked us to wait) or `ControlPlaneRefused`
 * (a person must act); a bug of ours passes unchanged.
 */
export async function call<Answer>(subject: CallSubject | string, deed: () => Promise<Answer>): Promise<Answer> {
  try {
    return await deed();
  } catch (error) {
    throw rdsFailure(error, typeof subject === 'string' ? { what: subject } : subject);
  }
}

export function rdsFailure(error: unknown, { what, secret }: CallSubject): unknown {
  if (error instanceof ApplicationFailure || !(error instanceof Error)) return error;
  const fail = (type: FailureType, said: string, code: string, nextRetryDelayMs?: number) =>
    failure(type, short(`${what}: ${said}`, secret), {
      code,
      ...(nextRetryDelayMs === undefined ? {} : { nextRetryDelayMs }),
    });
  const aws = awsError.safeParse(error);
  const status = aws.data?.$metadata.httpStatusCode ?? 0;
  if (aws.success && status >= 400) {
    const { name, message } = aws.data;
    const said = `AWS says ${name}: ${message}`;
    if (NO_CAPACITY.test(name)) return fail('ControlPlaneBusy', said, name, CAPACITY_RETRY_MS);
    return fail(isPassing(name, message, status) ? 'ControlPlaneBusy' : 'ControlPlaneRefused', said, name);
  }
  const code = textAt(error, 'code') ?? error.name;
  if (NETWORK.test(code)) return fail('ControlPlaneBusy', `no answer from AWS (${code})`, code);
  // No credentials were found anywhere: the SDK says so without having asked AWS.
  if (error.name === 'CredentialsProviderError') return fail('ControlPlaneRefused', error.message, error.name);
  // Something that is no RDS API answered 200; the raw answer is not repeated.
  if (Reflect.has(error, '$response'))
    return fail('ControlPlaneBusy', 'the answer is none that AWS gives', 'UnreadableAnswer');
  return error;
}

const isPassing = (name: string, message: string, status: number): boolean =>
  status >= 500 ||
  status === 429 ||
  THROTTLED.test(name) ||
  STALE_LOGIN.test(name) ||
  IN_TRANSITION.test(name) ||
  ROLE_UNKNOWN_YET.test(message);

/** The shape's name of an error of the RDS API, which we tell apart before translating; undefined for anything else. */
export const rdsErrorName = (error: unknown): string | undefined => {
  const aws = awsError.safeParse(error);
  return aws.success ? aws.data.name : undefined;
};

function short(text: string, secret: string | undefined): string {
  const clean = secret === undefined || secret === '' ? text : text.replaceAll(secret, '(secret)');
  return clean.length > LONGEST_MESSAGE ? `${clean.slice(0, LONGEST_MESSAGE)}…` : clean;
}

function textAt(error: Error, key: string): string | undefined {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : undefined;
}
