import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type Client } from 'pg';
import { ADMIN } from './admin-role.ts';
import type { PostgresServer } from './server.ts';

/**
 * On RDS membership in `rds_replication` is the right to replicate; stock PostgreSQL knows only the attribute. Nothing in
 * PostgreSQL can watch a GRANT of a role, so this looks again and again, inside the server. What another transaction
 * changes at the same moment waits for the next look.
 */
const LOOK = `DO $do$
DECLARE
  one record;
BEGIN
  LOOP
    BEGIN
      IF NOT pg_is_in_recovery() THEN
        FOR one IN
          SELECT rolname, rolreplication AS has FROM pg_roles
           WHERE rolreplication <> pg_has_role(oid, 'rds_replication', 'MEMBER')
             AND NOT rolsuper AND rolname NOT LIKE ALL (ARRAY['rds%', 'pg\\_%'])
        LOOP
          EXECUTE format('ALTER ROLE %I %s', one.rolname, CASE WHEN one.has THEN 'NOREPLICATION' ELSE 'REPLICATION' END);
        END LOOP;
      END IF;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    COMMIT;
    PERFORM pg_sleep(0.05);
  END LOOP;
END $do$`;
const NO_SUCH_DATABASE = '3D000';
const BETWEEN_SESSIONS_MS = 100;

/**
 * Keeps the attribute REPLICATION where the membership is, within a tenth of a second, for as long as this run of the
 * server lasts. The session is `rdsadmin`'s in its own database and ends with the server; where that database is not
 * made yet, nothing happens. Resolves when it has begun.
 */
export async function keepReplicationRights(server: PostgresServer): Promise<void> {
  const first = await server.connect(ADMIN).catch((error: unknown) => {
    if (error instanceof DatabaseError && error.code === NO_SUCH_DATABASE) return undefined;
    throw error;
  });
  if (first) void look(server, first);
}

/** A session breaks when the server ends, and also when a crash of one of its processes ends all sessions. */
async function look(server: PostgresServer, first: Client): Promise<void> {
  const { pid } = server;
  const running = (): boolean => pid !== undefined && server.pid === pid;
  for (
    let session: Client | undefined = first;
    running();
    session = await server.connect(ADMIN).catch(() => undefined)
  ) {
    await session?.query(LOOK).catch(() => {});
    await session?.end().catch(() => {});
    await sleep(BETWEEN_SESSIONS_MS, undefined, { ref: false });
  }
}
