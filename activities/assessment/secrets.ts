import { ApplicationFailure } from '@temporalio/common';
import type { Finding } from '../../model/finding.ts';
import { blocker, type Check, type Subject } from './subject.ts';

/** Every secret the migration will need is there now, not only when the fence stands. */
export const checkSecrets: Check<Subject> = async ({ clients, plan }) => {
  const references = [plan.source.password, plan.target.masterPassword, ...plan.roles.map(({ password }) => password)];
  const findings: Finding[] = [];
  for (const ref of new Set(references.filter((reference) => reference !== 'managed'))) {
    try {
      await clients.readSecret(ref);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.type !== 'SecretMissing') throw error;
      findings.push(blocker('secret-missing', `${error.message}: set it where the workers run`));
    }
  }
  return findings;
};
