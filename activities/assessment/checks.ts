import { checkApplicationAsMaster } from './application-as-master.ts';
import { checkClientPrograms } from './client-programs.ts';
import { checkContents } from './contents.ts';
import { checkCustody } from './custody.ts';
import { checkCutoverWorkers } from './cutover-workers.ts';
import { checkExtensions } from './extensions.ts';
import { checkForeignWriters } from './foreign-writers.ts';
import { checkInstance } from './instance.ts';
import { checkLocale } from './locale.ts';
import { checkMasterUser } from './master-user.ts';
import { checkOtherDatabases } from './other-databases.ts';
import { checkParameters } from './parameters.ts';
import { checkPhysicalContents, checkPhysicalTarget } from './physical-checks.ts';
import { checkPrivileges } from './privileges.ts';
import { checkReadability } from './readability.ts';
import { checkReplication } from './replication-checks.ts';
import { checkRoleLogins } from './role-logins.ts';
import { checkRoles } from './roles.ts';
import { checkScratch } from './scratch.ts';
import { checkSecrets } from './secrets.ts';
import { checkSequences } from './sequences.ts';
import { checkStatementLog } from './statement-log.ts';
import type { Check, ControlPlaneSubject, DatabaseSubject, Subject } from './subject.ts';
import { checkTargetNames } from './target-names.ts';
import { checkWayBack } from './way-back.ts';

/** What needs neither AWS nor the database. */
export const WORKER_CHECKS: readonly Check<Subject>[] = [checkSecrets, checkCutoverWorkers];
export const CONTROL_PLANE_CHECKS: readonly Check<ControlPlaneSubject>[] = [
  checkInstance,
  checkTargetNames,
  checkParameters,
  checkPhysicalTarget,
];
export const DATABASE_CHECKS: readonly Check<DatabaseSubject>[] = [
  checkCustody,
  checkRoles,
  checkRoleLogins,
  checkApplicationAsMaster,
  checkPrivileges,
  checkReadability,
  checkForeignWriters,
  checkContents,
  checkReplication,
  checkWayBack,
  checkExtensions,
  checkLocale,
  checkMasterUser,
  checkOtherDatabases,
  checkSequences,
  checkStatementLog,
  checkScratch,
  checkClientPrograms,
  checkPhysicalContents,
];
