import type { Finding } from '../../model/finding.ts';
import { traitsOf } from '../../model/strategy.ts';
import { checkReplicationIdentity } from './replication-identity.ts';
import { checkReplicationRights } from './replication-rights.ts';
import { checkReplicationServer } from './replication-server.ts';
import { checkReplicationTables } from './replication-tables.ts';
import type { Check, DatabaseSubject } from './subject.ts';

const CHECKS: readonly Check<DatabaseSubject>[] = [
  checkReplicationServer,
  checkReplicationRights,
  checkReplicationIdentity,
  checkReplicationTables,
];

/** What strategy `blue-green` asks of the source beyond every other strategy; nothing under those. */
export const checkReplication: Check<DatabaseSubject> = async (subject) => {
  if (!traitsOf(subject.plan).follows) return [];
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(...(await check(subject)));
  return findings;
};
