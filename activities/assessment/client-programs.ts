import { execa } from 'execa';
import type { Finding } from '../../model/finding.ts';
import { majorOf } from '../rds/versions.ts';
import { blocker, type Check, type DatabaseSubject } from './subject.ts';

/** From 17 on, pg_restore sets a parameter that older servers do not know. */
const SETS_TRANSACTION_TIMEOUT = 17;

/** pg_dump reads servers up to its own major; pg_restore writes into the target's. */
export const checkClientPrograms: Check<DatabaseSubject> = async ({ clients, sourceVersion, targetVersion }) => {
  const { pgDump, pgRestore } = clients.programs;
  const [dump, restore] = await Promise.all([versionOf(pgDump), versionOf(pgRestore)]);
  const findings: Finding[] = [];
  if (majorOf(dump) < majorOf(sourceVersion))
    findings.push(
      blocker('pg-dump-older', `${pgDump} is ${dump}, the source ${sourceVersion}: ${remedy(majorOf(sourceVersion))}`),
    );
  if (targetVersion === null) return findings;
  if (majorOf(restore) >= SETS_TRANSACTION_TIMEOUT && majorOf(targetVersion) < SETS_TRANSACTION_TIMEOUT)
    findings.push(
      blocker(
        'pg-restore-newer',
        `${pgRestore} is ${restore}, which ${targetVersion} refuses: ${remedy(majorOf(targetVersion))}`,
      ),
    );
  return findings;
};

const remedy = (major: number): string =>
  `install the client programs of PostgreSQL ${major} and set PG_BIN to their folder`;

async function versionOf(program: string): Promise<string> {
  const { stdout } = await execa(program, ['--version']);
  return /(\d+(\.\d+)?)/.exec(stdout)?.[1] ?? '0';
}
