import { blocker, type Check, type DatabaseSubject } from './subject.ts';

/** Names the service keeps for itself, beside those that begin with `rds` or `pg_`. */
const RESERVED: ReadonlySet<string> = new Set(['admin', 'administrator', 'public', 'none']);

/** The target's master user is no word that CreateDBCluster refuses: the server's own list of reserved words decides. */
export const checkMasterUser: Check<DatabaseSubject> = async ({ session, plan }) => {
  const { masterUser } = plan.target;
  const name = masterUser.toLowerCase();
  const words = await session.query(`SELECT FROM pg_get_keywords() WHERE catcode IN ('R', 'T') AND word = $1`, [name]);
  if (words.length === 0 && !RESERVED.has(name) && !/^(rds|pg_)/.test(name)) return [];
  return [blocker('master-user-reserved', `target.masterUser ${masterUser} is a reserved word: choose another name`)];
};
