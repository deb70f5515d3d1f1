import { isPhysical } from '../../model/strategy.ts';
import { warning, type Check, type DatabaseSubject } from './subject.ts';

/** Aurora makes databases in UTF8 with en_US.UTF-8; a source made otherwise sorts text otherwise. No row is at risk. */
const TARGET_COLLATION = /^en_US\.(utf-?8)$/i;

export const checkLocale: Check<DatabaseSubject> = async ({ session, plan }) => {
  // A copy of the files keeps both.
  if (isPhysical(plan)) return [];
  const [row] = await session.query<{ encoding: string; collation: string }>(
    `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collation FROM pg_database WHERE datname = current_database()`,
  );
  if (row === undefined) return [];
  if (row.encoding !== 'UTF8')
    return [
      warning('encoding', `the source's encoding is ${row.encoding}, the target's is UTF8: the rehearsal converts`),
    ];
  if (TARGET_COLLATION.test(row.collation)) return [];
  return [
    warning('collation', `the source sorts text by ${row.collation}, the target by en_US.UTF-8: ORDER BY may differ`),
  ];
};
