import type { PostgresServer } from './server.ts';

/**
 * PostgreSQL 15 lets superusers alone CREATE SUBSCRIPTION; RDS lets `rds_superuser`. Event triggers come closest: the
 * command's caller is a superuser while it runs, in a transaction that takes this back with all else when it fails. The
 * lock lets two such callers queue where they would fail with "tuple concurrently updated". The caller is told from the
 * role of the session, for inside these functions `current_user` is their owner.
 */
const SETUP = `
CREATE FUNCTION pg_catalog.rds_lift_subscriber() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
  IF pg_has_role(caller, 'rds_superuser', 'USAGE') AND NOT (SELECT rolsuper FROM pg_authid WHERE rolname = caller) THEN
    LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE format('ALTER ROLE %I SUPERUSER', caller);
  END IF;
END $body$;
CREATE FUNCTION pg_catalog.rds_lower_subscriber() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
  IF (SELECT rolsuper AND oid <> 10 FROM pg_authid WHERE rolname = caller) THEN -- 10 is the one that initdb made
    EXECUTE format('ALTER ROLE %I NOSUPERUSER', caller);
  END IF;
END $body$;
CREATE EVENT TRIGGER rds_lift_subscriber ON ddl_command_start WHEN TAG IN ('CREATE SUBSCRIPTION')
  EXECUTE FUNCTION pg_catalog.rds_lift_subscriber();
CREATE EVENT TRIGGER rds_lower_subscriber ON ddl_command_end WHEN TAG IN ('CREATE SUBSCRIPTION')
  EXECUTE FUNCTION pg_catalog.rds_lower_subscriber();
-- As parts of an extension that every database has, they are in no dump and in no list of what users made.
ALTER EXTENSION plpgsql ADD FUNCTION pg_catalog.rds_lift_subscriber();
ALTER EXTENSION plpgsql ADD FUNCTION pg_catalog.rds_lower_subscriber();
ALTER EXTENSION plpgsql ADD EVENT TRIGGER rds_lift_subscriber;
ALTER EXTENSION plpgsql ADD EVENT TRIGGER rds_lower_subscriber;`;

/** For a new server of a major version below 16, before its first CREATE DATABASE, for databases are copies of these. */
export async function letSubscribe(server: PostgresServer): Promise<void> {
  await server.sql('ALTER DATABASE template0 ALLOW_CONNECTIONS true');
  for (const database of ['template0', 'template1', 'postgres']) await server.sql(SETUP, [], database);
  await server.sql('ALTER DATABASE template0 ALLOW_CONNECTIONS false');
}
