import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { ADMIN } from './admin-role.ts';
import { letSubscribe } from './let-subscribe.ts';
import { keepReplicationRights } from './replication-rights.ts';
import type { PostgresServer } from './server.ts';

/** Roles that exist on every RDS server and can be granted, none can log in. */
const SERVICE_ROLES = ['rds_superuser', 'rds_replication', 'rds_password', 'rds_iam'];
/** What stock PostgreSQL offers of that which RDS lets `rds_superuser` do, by the major version that brought it. */
const GRANTED: readonly (readonly [role: string, since: number])[] = [
  ['pg_monitor', 15],
  ['pg_signal_backend', 15],
  ['pg_checkpoint', 15],
  ['pg_create_subscription', 16],
  ['pg_use_reserved_connections', 16],
];

export type Master = { readonly user: string; readonly password: string; readonly database: string | undefined };

/** Makes the roles a new RDS server has. The master user is no superuser: what it may do is what Amazon lets it do. */
export async function makeRoles(server: PostgresServer, major: number, master: Master): Promise<void> {
  if (major < 16) await letSubscribe(server); // from 16 on pg_create_subscription is the right
  const session = await server.connect();
  try {
    await session.query(`CREATE DATABASE ${ADMIN}`); // Amazon's own; no client may enter it
    for (const role of SERVICE_ROLES) await session.query(`CREATE ROLE ${role}`);
    for (const [role, since] of GRANTED) if (major >= since) await session.query(`GRANT ${role} TO rds_superuser`);
    await session.query('GRANT rds_replication, rds_password TO rds_superuser');
    await session.query('GRANT SET ON PARAMETER session_replication_role TO rds_superuser');
    await makeMaster(session, master);
  } finally {
    await session.end();
  }
  await keepReplicationRights(server);
}

async function makeMaster(session: Client, { user, password, database }: Master): Promise<void> {
  const master = escapeIdentifier(user);
  // REPLICATION: as keepReplicationRights would give it to a member of rds_replication a moment later.
  await session.query(
    `CREATE ROLE ${master} LOGIN CREATEDB CREATEROLE REPLICATION PASSWORD ${escapeLiteral(password)}`,
  );
  await session.query(`GRANT ${SERVICE_ROLES.slice(0, 3).join(', ')} TO ${master} WITH ADMIN OPTION`);
  await session.query(`ALTER DATABASE postgres OWNER TO ${master}`);
  await session.query(`ALTER DATABASE template1 OWNER TO ${master}`);
  if (database !== undefined && database !== 'postgres')
    await session.query(`CREATE DATABASE ${escapeIdentifier(database)} OWNER ${master}`);
}

/** Gives the master user a new password; its open sessions stay. */
export async function setPassword(server: PostgresServer, user: string, password: string): Promise<void> {
  await server.sql(`ALTER ROLE ${escapeIdentifier(user)} PASSWORD ${escapeLiteral(password)}`);
}

/** `aurora_version()`, by which clients tell Aurora from RDS, in every database and those to come. */
export async function addAuroraVersion(server: PostgresServer, version: string): Promise<void> {
  const { rows } = await server.sql('SELECT datname FROM pg_database WHERE datallowconn');
  for (const { datname } of rows as { datname: string }[])
    await server.sql(
      `CREATE OR REPLACE FUNCTION pg_catalog.aurora_version() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ${escapeLiteral(`SELECT '${version}.0'`)}`,
      [],
      datname,
    );
}
