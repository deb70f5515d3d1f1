import type { Finding } from '../../model/finding.ts';
import { listed, type Check, type DatabaseSubject } from './subject.ts';

/** A check that is one question to the source's catalogue. */
export interface Look {
  readonly check: string;
  readonly level: Finding['level'];
  /** Answers `name`s; nothing is said when there is none. */
  readonly sql: string;
  readonly message: (names: string, plan: DatabaseSubject['plan']) => string;
}

export const checkOf =
  (looks: readonly Look[]): Check<DatabaseSubject> =>
  async ({ session, plan }) => {
    const findings: Finding[] = [];
    for (const { check, level, sql, message } of looks) {
      const rows = await session.query<{ name: string }>(sql);
      if (rows.length > 0)
        findings.push({ check, level, message: message(listed(rows.map(({ name }) => name)), plan) });
    }
    return findings;
  };
