import { escapeIdentifier } from 'pg';
import type { Session } from '../clients.ts';

/** One item of an access control list; `grantee` null is PUBLIC. */
export interface Privilege {
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** What has an access control list of its own here. `name` is unquoted; null names the database one is logged in to. */
export type Securable =
  { readonly kind: 'DATABASE'; readonly name: null } | { readonly kind: 'SCHEMA'; readonly name: string };

/** Who may do what, the built-in defaults spelled out; sorted. The owner is among the grantees. */
export async function readPrivileges(session: Session, object: Securable): Promise<Privilege[]> {
  const items =
    object.kind === 'DATABASE'
      ? `pg_database o, aclexplode(coalesce(o.datacl, acldefault('d', o.datdba))) a WHERE o.datname = coalesce($1, current_database())`
      : `pg_namespace o, aclexplode(coalesce(o.nspacl, acldefault('n', o.nspowner))) a WHERE o.nspname = $1`;
  return session.query<Privilege>(
    `SELECT CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END AS grantee, a.privilege_type AS privilege,
            bool_or(a.is_grantable) AS grantable FROM ${items} GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2`,
    [object.name],
  );
}

/**
 * Makes the list of `object` exactly `wanted`, each grant given by the owner; `keep` names a privilege left as it is.
 * The session's role must be a member of the owner.
 */
export async function setPrivileges(
  session: Session,
  object: Securable,
  wanted: readonly Privilege[],
  keep: (item: Privilege) => boolean = () => false,
): Promise<void> {
  const on = `${object.kind} ${escapeIdentifier(object.name ?? (await databaseName(session)))}`;
  const found = await readPrivileges(session, object);
  const touched = (items: readonly Privilege[]): readonly Privilege[] => items.filter((item) => !keep(item));
  const same = (a: Privilege) => (b: Privilege) =>
    a.grantee === b.grantee && a.privilege === b.privilege && a.grantable === b.grantable;
  for (const item of touched(found))
    if (!wanted.some(same(item)))
      await session.query(`REVOKE ${item.privilege} ON ${on} FROM ${grantee(item)} CASCADE`);
  for (const item of touched(wanted))
    if (!found.some(same(item)))
      await session.query(
        `GRANT ${item.privilege} ON ${on} TO ${grantee(item)}${item.grantable ? ' WITH GRANT OPTION' : ''}`,
      );
}

const grantee = ({ grantee: name }: Privilege): string => (name === null ? 'PUBLIC' : escapeIdentifier(name));

async function databaseName(session: Session): Promise<string> {
  const [row] = await session.query<{ name: string }>('SELECT current_database() AS name');
  return row?.name ?? '';
}
