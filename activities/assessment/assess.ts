import { ApplicationFailure } from '@temporalio/common';
import type { DBInstance } from '@aws-sdk/client-rds';
import type { Finding } from '../../model/finding.ts';
import { sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Activities, Assessment, Login } from '../contract.ts';
import { findInstance } from '../rds/describe.ts';
import { CONTROL_PLANE_CHECKS, DATABASE_CHECKS, WORKER_CHECKS } from './checks.ts';
import { isUsable } from './instance.ts';
import { readSize } from './size.ts';
import { sourcePreparation } from './source-preparation.ts';
import { blocker, type Check, type ControlPlaneSubject, type DatabaseSubject, type Subject } from './subject.ts';
import { resolveTarget } from './target-version.ts';
import { mayFeedBack } from './way-back.ts';

type Input = Parameters<Activities['assess']>[0];

/** What is known of a source that could not be asked: a blocker says why, and nothing is made of it. */
const UNSEEN = { sourceVersion: '', sourceBytes: 0, tables: 0 };
const ORDER: readonly Finding['level'][] = ['blocker', 'warning', 'info'];

/** Runs every check and reports all findings, blockers first; throws only if it could not look. Changes nothing. */
export async function assess(clients: Clients, input: Input): Promise<Assessment> {
  const { plan } = input;
  const subject: Subject = { ...input, clients, rds: clients.rds(plan.source.region) };
  const findings = await runAll(WORKER_CHECKS, subject);
  const instance = await findInstance(subject.rds, plan.source.instance);
  if (instance === null) {
    const where = `account ${plan.source.account}, ${plan.source.region}`;
    findings.push(blocker('source-missing', `instance ${plan.source.instance} is not in ${where}: correct source`));
    return { ...UNSEEN, findings, source: loginOf(input, undefined), targetVersion: '' };
  }
  const { version: targetVersion, findings: ofTarget } = await resolveTarget(subject, instance.EngineVersion ?? '');
  findings.push(...ofTarget, ...(await runAll(CONTROL_PLANE_CHECKS, { ...subject, instance, targetVersion })));
  const source = loginOf(input, instance);
  // One that is stopped or being changed has been named by the check of the instance; there is nobody to ask.
  const seen = isUsable(instance)
    ? await assessDatabase({ ...subject, instance, login: source, targetVersion })
    : { ...UNSEEN, findings: [] };
  findings.push(...seen.findings);
  return {
    sourceVersion: seen.sourceVersion,
    sourceBytes: seen.sourceBytes,
    tables: seen.tables,
    findings: findings.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level)),
    source,
    targetVersion: targetVersion ?? '',
    ...(seen.preparation === undefined ? {} : { preparation: seen.preparation }),
    ...(seen.feedsBack === undefined ? {} : { feedsBack: seen.feedsBack }),
  };
}

const loginOf = ({ plan }: Input, instance: DBInstance | undefined): Login => ({
  host: instance?.Endpoint?.Address ?? '',
  port: instance?.Endpoint?.Port ?? 0,
  database: plan.source.database,
  user: plan.source.user,
  password: plan.source.password,
});

type Seen = Omit<Assessment, 'source' | 'targetVersion'>;

async function assessDatabase(
  subject: Omit<DatabaseSubject, 'session' | 'sourceVersion'> & Pick<ControlPlaneSubject, 'instance'>,
): Promise<Seen> {
  const { clients, login, migration } = subject;
  let session: Session;
  try {
    session = await clients.openSession(login, { name: sessionName(migration, 0) });
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    // The check of the plan's secrets names a missing one.
    if (error.type === 'SecretMissing') return { ...UNSEEN, findings: [] };
    if (error.type !== 'DatabaseRefused') throw error;
    return { ...UNSEEN, findings: [refusedLogin(login, error)] };
  }
  await using open = session;
  const { version, bytes, tables } = await readSize(open);
  const findings = await runAll(DATABASE_CHECKS, { ...subject, session: open, sourceVersion: version });
  const preparation = await sourcePreparation({ ...subject, session: open });
  return {
    findings,
    sourceVersion: version,
    sourceBytes: bytes,
    tables,
    ...(preparation === undefined ? {} : { preparation }),
    ...(mayFeedBack(subject.plan, findings) ? { feedsBack: true } : {}),
  };
}

const refusedLogin = ({ user, password }: Login, { message }: ApplicationFailure): Finding =>
  blocker('source-login', `${user} cannot log in to the source: ${message}; correct source.user or ${password}`);

async function runAll<Looked>(checks: readonly Check<Looked>[], subject: Looked): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) findings.push(...(await check(subject)));
  return findings;
}
