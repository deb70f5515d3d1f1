import { escapeIdentifier, escapeLiteral } from 'pg';
import type { RolePlan } from '../../model/plan.ts';
import { sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { installCustody } from '../cutover/custody-store.ts';
import { failure } from '../failure.ts';
import { scramVerifier } from './scram-verifier.ts';
import { serverMajor } from './server-major.ts';
import { readMemberships, readRoles, type Membership, type SourceRole } from './source-roles.ts';
import { setting } from './role-setting.ts';

/**
 * Makes the source's roles on the target, with attributes, memberships and settings, and the plan's passwords; installs custody
 * `closed`. May be repeated. Roles that log in on the source but are not in the plan cannot: nobody can read their password.
 * Throws `PlanInvalid` for a role that is Daybreak's own, `DatabaseRefused` for a right the master user may not give.
 */
export async function prepareTarget(
  clients: Clients,
  { migration, run, source, target, roles }: Sides & { readonly run: string; readonly roles: readonly RolePlan[] },
): Promise<void> {
  const own = roles.find(({ name }) => name === target.user);
  if (own !== undefined)
    throw failure(
      'PlanInvalid',
      `roles: found ${own.name}, the target's master user; wanted roles of the application only`,
    );
  const name = sessionName(migration, 0);
  await using from = await clients.openSession(source, { name });
  await using to = await clients.openSession(target, { name });
  await installCustody(to, { migration, run, state: 'closed' });
  const found = (
    await readRoles(
      from,
      roles.map((role) => role.name),
    )
  )
    .filter((role) => role.name !== target.user)
    .map((role) => (role.name === source.user ? ownerOnly(role) : role));
  const missing = roles.filter(({ name: wanted }) => !found.some((role) => role.name === wanted));
  if (missing.length > 0)
    throw failure('PlanInvalid', `roles: found no role ${missing.map((role) => role.name).join(', ')} on the source`);
  const memberships = await readMemberships(
    from,
    found.map((role) => role.name),
  );
  const passwords = await verifiers(clients, roles);
  await to.transaction(async () => {
    for (const role of found) await ensureRole(to, role, passwords.get(role.name));
    await ensureMemberships(to, carried(memberships, source.user, roles));
  });
}

/** The source's master user becomes a mere owner on the target: what a master may do there belongs to the target's own. */
const ownerOnly = (role: SourceRole): SourceRole => ({
  ...role,
  createRole: false,
  createDb: false,
  replication: false,
  bypassRls: false,
});

/** Of the source's master user those that an application needs which logs in as it, without what it may do to other roles. */
function carried(memberships: readonly Membership[], master: string, roles: readonly RolePlan[]): Membership[] {
  const applicationIsMaster = roles.some(({ name }) => name === master);
  return memberships.flatMap((one) => {
    if (one.member !== master) return [one];
    if (!applicationIsMaster || /^(rds|pg_)/.test(one.group) || one.set === false) return [];
    return [{ ...one, admin: false }];
  });
}

async function verifiers(clients: Clients, roles: readonly RolePlan[]): Promise<ReadonlyMap<string, string>> {
  const made = roles.map(
    async ({ name, password }) => [name, await scramVerifier(await clients.readSecret(password))] as const,
  );
  return new Map(await Promise.all(made));
}

/** `verifier` undefined: a group, or a login the plan has no password for; it gets no LOGIN. */
async function ensureRole(to: Session, role: SourceRole, verifier: string | undefined): Promise<void> {
  const name = escapeIdentifier(role.name);
  const [known] = await to.query<{ ends: boolean }>(
    'SELECT rolvaliduntil IS NOT NULL AS ends FROM pg_roles WHERE rolname = $1',
    [role.name],
  );
  if (known === undefined) await to.query(`CREATE ROLE ${name} NOLOGIN`);
  await to.query(`ALTER ROLE ${name} ${attributes(role, known?.ends ?? false).join(' ')}`);
  await to.query(`COMMENT ON ROLE ${name} IS ${role.comment === null ? 'NULL' : escapeLiteral(role.comment)}`);
  await to.query(`ALTER ROLE ${name} RESET ALL`);
  for (const line of role.settings) await to.query(`ALTER ROLE ${name} SET ${setting(line)}`);
  // Ownership can only be given to a role one is a member of, and read through.
  const options = (await serverMajor(to)) >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : '';
  await to.query(`GRANT ${name} TO CURRENT_USER${options}`);
  if (verifier === undefined) return;
  await to.query(`ALTER ROLE ${name} PASSWORD ${escapeLiteral(verifier)}`);
  // Between a fence and its end the doors of this side are shut; the opening gives LOGIN back.
  const [custody] = await to.query<{ shut: boolean }>('SELECT doors IS NOT NULL AS shut FROM daybreak.custody');
  if (custody?.shut !== true) await to.query(`ALTER ROLE ${name} LOGIN`);
}

function attributes(role: SourceRole, ends: boolean): string[] {
  const flag = (on: boolean, name: string): string => (on ? name : `NO${name}`);
  return [
    flag(role.inherit, 'INHERIT'),
    flag(role.createRole, 'CREATEROLE'),
    flag(role.createDb, 'CREATEDB'),
    // Named only where wanted: a master user may not even take them away.
    ...(role.replication ? ['REPLICATION'] : []),
    ...(role.bypassRls ? ['BYPASSRLS'] : []),
    `CONNECTION LIMIT ${role.connectionLimit}`,
    ...(role.validUntil !== null || ends ? [`VALID UNTIL ${escapeLiteral(role.validUntil ?? 'infinity')}`] : []),
  ];
}

async function ensureMemberships(to: Session, memberships: readonly Membership[]): Promise<void> {
  const newer = (await serverMajor(to)) >= 16;
  for (const { group, member, admin, inherit, set } of memberships) {
    const options = [
      ...(admin ? [newer ? 'ADMIN TRUE' : 'ADMIN OPTION'] : []),
      ...(newer && inherit !== null ? [`INHERIT ${inherit}`] : []),
      ...(newer && set !== null ? [`SET ${set}`] : []),
    ];
    const tail = options.length === 0 ? '' : ` WITH ${options.join(', ')}`;
    await to.query(`GRANT ${escapeIdentifier(group)} TO ${escapeIdentifier(member)}${tail}`);
  }
}
