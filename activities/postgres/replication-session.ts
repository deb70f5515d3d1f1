import type { Login } from '../contract.ts';
import { openConnection, type Connection, type LoginMeans } from './connection.ts';

/**
 * Opens a connection to a walsender of the login's database, for CREATE_REPLICATION_SLOT and START_REPLICATION. It takes SQL too,
 * but only as texts without parameters (PostgreSQL manual, "Streaming Replication Protocol"). The role needs REPLICATION, on RDS
 * membership of `rds_replication`. No time limit on statements: making a slot waits for every open write transaction of the server.
 * Throws `DatabaseUnreachable` or `DatabaseRefused`.
 */
export const openReplication = (means: LoginMeans, login: Login, name: string): Promise<Connection> =>
  openConnection(means, login, { name, statementTimeoutMs: 0, replication: true });
