import type { Finding } from '../../model/finding.ts';
import { traitsOf } from '../../model/strategy.ts';
import { saysWayBackCosts, wayBackCosts } from '../../model/way-back-costs.ts';
import { checkReplicationIdentity } from './replication-identity.ts';
import { mayFollow } from './replication-rights.ts';
import { freeForWayBack } from './replication-server.ts';
import { checkReplicationTables } from './replication-tables.ts';
import type { Check, DatabaseSubject } from './subject.ts';

/** What the source has to have to follow the target, beyond what every strategy asks of it. Publishing is the target's alone. */
const CHECKS: readonly Check<DatabaseSubject>[] = [
  mayFollow,
  freeForWayBack,
  checkReplicationIdentity,
  checkReplicationTables,
];

/**
 * A strategy that does not follow makes its way back behind its fence, where the database allows one. What does not is no blocker: the
 * cutover is the same, but whoever approves it is told that going back will lose what the target took.
 */
export const checkWayBack: Check<DatabaseSubject> = async (subject) => {
  if (traitsOf(subject.plan).follows) return [];
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(...(await check(subject)));
  return findings
    .filter(({ level }) => level === 'blocker')
    .map(({ check, message }) => wayBackCosts(`${check}: ${message}`));
};

/** Whether the source was looked at, and nothing was found that keeps it from following. */
export const mayFeedBack = (plan: DatabaseSubject['plan'], findings: readonly Finding[]): boolean =>
  !traitsOf(plan).follows && !findings.some(saysWayBackCosts);
