/** Lines of `pg_restore --list`, divided by who can restore them. */
export interface ArchiveLists {
  /** For pg_restore as the attempt's role. */
  readonly restored: string;
  /** What only the members of all owners together can do: privileges, default privileges, event triggers. */
  readonly byMaster: string;
}

/**
 * Made by hand before (schemas, extensions). COMMENT ON EXTENSION demands the extension's owner, which on RDS is nobody's login.
 */
const MADE_BEFORE = /^(SCHEMA|EXTENSION|COMMENT - (SCHEMA|EXTENSION)|ACL - SCHEMA) /;
const BY_MASTER = /^(ACL|DEFAULT ACL|EVENT TRIGGER|COMMENT - EVENT TRIGGER) /;

/** A line reads `dump id; table oid, object oid, kind, schema, name, owner`; others are comments. */
export function divideArchive(list: string): ArchiveLists {
  const entries = list.split('\n').flatMap((line) => {
    const kind = /^\d+; \d+ \d+ (.*)$/.exec(line)?.[1];
    return kind === undefined || MADE_BEFORE.test(kind) ? [] : [{ line, byMaster: BY_MASTER.test(kind) }];
  });
  const lines = (byMaster: boolean): string =>
    entries
      .filter((entry) => entry.byMaster === byMaster)
      .map(({ line }) => `${line}\n`)
      .join('');
  return { restored: lines(false), byMaster: lines(true) };
}

/**
 * The script pg_restore writes for {@link ArchiveLists.byMaster}, fit for one transaction of ours: without what it sets for its
 * own session and psql's commands, and taking on a grantor's role where it would take on its session, which needs a superuser.
 */
export const fitForTransaction = (script: string): string =>
  script
    .split('\n')
    .filter((line) => !/^(\\|--|SET (?!SESSION AUTHORIZATION)|SELECT pg_catalog\.set_config\()/.test(line))
    .map((line) =>
      line
        .replace(/^SET SESSION AUTHORIZATION (.*);$/, 'SET LOCAL ROLE $1;')
        .replace(/^RESET SESSION AUTHORIZATION;$/, 'SET LOCAL ROLE NONE;'),
    )
    .join('\n');
