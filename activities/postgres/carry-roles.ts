import { escapeIdentifier, escapeLiteral } from 'pg';
import { sessionName } from '../../model/names.ts';
import type { RolePlan } from '../../model/plan.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { readPrivileges, setPrivileges, type Privilege } from './privileges.ts';
import { setting } from './role-setting.ts';

interface DatabaseFacts {
  readonly owner: string;
  readonly ownerIsServers: boolean;
  readonly comment: string | null;
  /** `role` null: for everybody in this database. */
  readonly settings: readonly { readonly role: string | null; readonly line: string }[];
  readonly privileges: readonly Privilege[];
}

/**
 * Carries what pg_dump leaves out because it belongs to the database and not to its contents: owner, access control list,
 * comment, settings of the database and of roles in it. May be repeated. The roles must be there: `prepareTarget`.
 */
export async function carryRoles(
  clients: Clients,
  { migration, source, target, roles }: Sides & { readonly roles: readonly RolePlan[] },
): Promise<void> {
  const name = sessionName(migration, 0);
  await using from = await clients.openSession(source, { name });
  await using to = await clients.openSession(target, { name });
  // An application that logs in as the source's master user finds on the target a role of that name, and what it may do.
  const applicationIsMaster = roles.some(({ name: role }) => role === source.user);
  const masters = { source: applicationIsMaster ? null : source.user, target: target.user };
  const facts = await readDatabase(from);
  await to.transaction(async () => {
    const database = escapeIdentifier(target.database);
    const owner = facts.ownerIsServers || facts.owner === masters.source ? masters.target : facts.owner;
    await to.query(`ALTER DATABASE ${database} OWNER TO ${escapeIdentifier(owner)}`);
    await to.query(
      `COMMENT ON DATABASE ${database} IS ${facts.comment === null ? 'NULL' : escapeLiteral(facts.comment)}`,
    );
    await carrySettings(to, database, facts.settings);
    await carryPrivileges(to, facts.privileges, masters);
  });
}

async function readDatabase(from: Session): Promise<DatabaseFacts> {
  const [row] = await from.query<Omit<DatabaseFacts, 'settings' | 'privileges'>>(
    `SELECT r.rolname AS owner, r.rolsuper OR r.rolname ~ '^(pg_|rds)' AS "ownerIsServers",
            shobj_description(d.oid, 'pg_database') AS comment
       FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = current_database()`,
  );
  if (row === undefined) throw new Error('a database does not list itself');
  const privileges = await readPrivileges(from, { kind: 'DATABASE', name: null });
  return { ...row, settings: await readSettings(from), privileges };
}

const readSettings = (session: Session): Promise<{ role: string | null; line: string }[]> =>
  session.query(
    `SELECT r.rolname AS role, line FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
       LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS line
      WHERE d.datname = current_database() ORDER BY 1 NULLS FIRST, 2`,
  );

/** A fence says who may write by this setting; it is custody's, not the application's. */
const isFence = (line: string): boolean => line.startsWith('default_transaction_read_only=');

async function carrySettings(to: Session, database: string, wanted: DatabaseFacts['settings']): Promise<void> {
  const of = (role: string | null): string =>
    role === null ? `ALTER DATABASE ${database}` : `ALTER ROLE ${escapeIdentifier(role)} IN DATABASE ${database}`;
  for (const { role, line } of await readSettings(to))
    if (!(role === null && isFence(line)))
      await to.query(
        `${of(role)} RESET ${line.slice(0, line.indexOf('=')).split('.').map(escapeIdentifier).join('.')}`,
      );
  for (const { role, line } of wanted)
    if (!(role === null && isFence(line))) await to.query(`${of(role)} SET ${setting(line)}`);
}

/** The two master users stand for each other. While the doors are shut CONNECT stays as it is: the opening gives it back. */
async function carryPrivileges(
  to: Session,
  privileges: readonly Privilege[],
  masters: { readonly source: string | null; readonly target: string },
): Promise<void> {
  const [custody] = await to.query<{ shut: boolean }>('SELECT doors IS NOT NULL AS shut FROM daybreak.custody');
  const wanted = privileges.map((item) =>
    item.grantee !== null && item.grantee === masters.source ? { ...item, grantee: masters.target } : item,
  );
  const isDoor = ({ privilege }: Privilege): boolean => custody?.shut === true && privilege === 'CONNECT';
  const isOurs = ({ grantee }: Privilege): boolean => grantee === masters.target;
  await setPrivileges(to, { kind: 'DATABASE', name: null }, wanted, (item) => isDoor(item) || isOurs(item));
}
