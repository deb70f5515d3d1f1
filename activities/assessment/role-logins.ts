import { ApplicationFailure } from '@temporalio/common';
import type { Finding } from '../../model/finding.ts';
import { sessionName } from '../../model/names.ts';
import type { RolePlan } from '../../model/plan.ts';
import { blocker, type Check, type DatabaseSubject } from './subject.ts';

/**
 * The plan's roles log in on the source with the plan's passwords. The fence is proved by these same logins failing: a login
 * that never worked would prove nothing. A role that does not exist is another check's finding.
 */
export const checkRoleLogins: Check<DatabaseSubject> = async (subject) => {
  const able = await subject.session.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE rolcanlogin AND rolname = ANY ($1)',
    [subject.plan.roles.map(({ name }) => name)],
  );
  const names = able.map(({ name }) => name);
  const findings: Finding[] = [];
  for (const role of subject.plan.roles)
    if (names.includes(role.name)) findings.push(...(await tryLogin(subject, role)));
  return findings;
};

async function tryLogin({ clients, login, migration }: DatabaseSubject, role: RolePlan): Promise<Finding[]> {
  try {
    const session = await clients.openSession(
      { ...login, user: role.name, password: role.password },
      { name: sessionName(migration, 0) },
    );
    await session.close();
    return [];
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    // The check of the plan's secrets names a missing one.
    if (error.type === 'SecretMissing') return [];
    if (error.type !== 'DatabaseRefused') throw error;
    return [
      blocker(
        'role-login',
        `role ${role.name} cannot log in on the source: ${error.message}; correct ${role.password} or the role`,
      ),
    ];
  }
}
