import { readCustodyRow } from '../cutover/custody-store.ts';
import { blocker, type Check, type DatabaseSubject } from './subject.ts';

/** Nobody else decides who writes here. The claim refuses as well; here it is said before anything is made. */
export const checkCustody: Check<DatabaseSubject> = async ({ session, migration, run }) => {
  const held = await readCustodyRow(session);
  if (held !== null) {
    if (held.migration === migration && held.run === run) return [];
    const holder = `run ${held.run} of ${held.migration}`;
    return [
      blocker(
        'custody-held',
        `${holder} holds custody of this database (${held.state}): finish it, or \`daybreak rescue\`; if it was terminated, \`daybreak rescue PLAN --release\` ends its claim`,
      ),
    ];
  }
  const schemas = await session.query(`SELECT FROM pg_namespace WHERE nspname = 'daybreak'`);
  if (schemas.length === 0) return [];
  return [blocker('schema-taken', 'schema daybreak exists and is not ours: rename or drop it')];
};
