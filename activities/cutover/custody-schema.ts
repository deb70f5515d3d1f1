import { TABLES_THAT_TAKE_WRITES } from './user-tables.ts';

/** What every refusing trigger calls; dropping it drops them. */
export const REFUSAL = `
-- Holds against owners and the master user alike, once writes were given away.
CREATE OR REPLACE FUNCTION daybreak.refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'this database was migrated: it takes no writes any more' USING ERRCODE = '25006';
END $body$;
`;

/** Ends whoever is logged in as the role that calls, but sessions of ours. */
export const END_READERS = `
  SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
   WHERE datname = current_database() AND backend_type = 'client backend' AND usename = current_user
     AND pid <> pg_backend_pid() AND application_name !~ '^daybreak/'`;

/**
 * Schema `daybreak`, the same on both sides. What must work when no worker lives is SQL of the server's own:
 * an operator with psql can always run `SELECT daybreak.give_back()`.
 */
export const CUSTODY_SCHEMA = `
CREATE SCHEMA IF NOT EXISTS daybreak;

CREATE TABLE IF NOT EXISTS daybreak.custody (
  one        boolean PRIMARY KEY DEFAULT true CHECK (one),
  migration  text NOT NULL,
  run        text NOT NULL,
  state      text NOT NULL CHECK (state IN ('open', 'taken', 'fenced', 'given', 'closed')),
  before     text CHECK (before IN ('open', 'taken')),
  token      bigint NOT NULL DEFAULT 0,
  hand_over  text,
  deadline   timestamptz,
  fenced_at  timestamptz,
  fence_lsn  pg_lsn,
  facts      jsonb,
  doors      jsonb,
  baseline   bigint,
  tracked    boolean NOT NULL DEFAULT false,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Shuts the database to every client but the role that calls, and answers what open_doors needs to undo it.
-- CONNECT is taken from PUBLIC and every grantee (the owner keeps what it was granted only if it is the caller),
-- but not from the role our own subscriptions connect as: the way back has to survive a restart.
-- LOGIN is left to the caller and to the master user: somebody must always be able to log in and give writes back. A master user
-- that does not call is out of this database all the same, by CONNECT.
CREATE OR REPLACE FUNCTION daybreak.shut_doors(app_roles text[]) RETURNS jsonb LANGUAGE plpgsql AS $body$
DECLARE
  db   text := current_database();
  doors jsonb;
  item record;
BEGIN
  SELECT jsonb_build_object(
    'roles', (SELECT coalesce(jsonb_agg(rolname), '[]') FROM pg_roles
              WHERE rolcanlogin AND rolname = ANY (app_roles) AND rolname <> current_user
                AND NOT coalesce(pg_has_role(oid, to_regrole('rds_superuser')::oid, 'MEMBER'), false)),
    'readers', current_user = ANY (app_roles),
    'self', NOT EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba)))
                        WHERE privilege_type = 'CONNECT' AND grantee = to_regrole(quote_ident(current_user))),
    'connect', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'grantee', CASE WHEN grantee = 0 THEN NULL ELSE pg_get_userbyid(grantee) END, 'option', is_grantable)), '[]')
                FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba)))
                WHERE privilege_type = 'CONNECT' AND grantee <> to_regrole(quote_ident(current_user))
                  AND pg_get_userbyid(grantee) !~ '^daybreak_replication_'),
    'readOnly', (SELECT split_part(c, '=', 2) FROM pg_db_role_setting s, unnest(s.setconfig) c
                 WHERE s.setdatabase = d.oid AND s.setrole = 0 AND c LIKE 'default_transaction_read_only=%'))
  INTO doors FROM pg_database d WHERE d.datname = db;

  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', db, current_user);
  FOR item IN SELECT value ->> 'grantee' AS grantee FROM jsonb_array_elements(doors -> 'connect') LOOP
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM %s CASCADE', db, coalesce(quote_ident(item.grantee), 'PUBLIC'));
  END LOOP;
  FOR item IN SELECT value AS name FROM jsonb_array_elements_text(doors -> 'roles') LOOP
    EXECUTE format('ALTER ROLE %I NOLOGIN', item.name);
  END LOOP;
  EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', db);
  RETURN doors;
END $body$;

CREATE OR REPLACE FUNCTION daybreak.open_doors(doors jsonb) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  db   text := current_database();
  item record;
BEGIN
  IF doors IS NULL THEN RETURN; END IF;
  IF doors ->> 'readOnly' IS NULL THEN
    EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', db);
  ELSE
    EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = %L', db, doors ->> 'readOnly');
  END IF;
  FOR item IN SELECT value AS name FROM jsonb_array_elements_text(doors -> 'roles') LOOP
    EXECUTE format('ALTER ROLE %I LOGIN', item.name);
  END LOOP;
  FOR item IN SELECT value ->> 'grantee' AS grantee, (value ->> 'option')::boolean AS option
              FROM jsonb_array_elements(doors -> 'connect') LOOP
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %s %s', db, coalesce(quote_ident(item.grantee), 'PUBLIC'),
                   CASE WHEN item.option THEN 'WITH GRANT OPTION' ELSE '' END);
  END LOOP;
  IF (doors ->> 'self')::boolean THEN
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM %I', db, current_user);
  END IF;
END $body$;

-- Gives writes back to this side if it is fenced; answers whether it was. The row lock orders it against a commit.
CREATE OR REPLACE FUNCTION daybreak.give_back() RETURNS boolean LANGUAGE plpgsql AS $body$
DECLARE
  held daybreak.custody;
BEGIN
  SELECT * INTO held FROM daybreak.custody FOR UPDATE;
  IF held.state IS DISTINCT FROM 'fenced' THEN RETURN false; END IF;
  PERFORM daybreak.open_doors(held.doors);
  UPDATE daybreak.custody
     SET state = before, before = NULL, deadline = NULL, doors = NULL, updated_at = clock_timestamp();
  RETURN true;
END $body$;

-- An application that logs in as the caller was let in meanwhile and told that it may only read. It believes so for as long as its
-- session lives, so that after giving back those sessions have to end: once that is committed, for it is back at once.
CREATE OR REPLACE FUNCTION daybreak.end_readers() RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM ended.* FROM (${END_READERS}) ended;
END $body$;

${REFUSAL}
-- Puts the refusing trigger on every user table that lacks it. The apply worker of a subscription passes: it runs as a replica.
CREATE OR REPLACE FUNCTION daybreak.refuse_writes() RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  item record;
BEGIN
  FOR item IN ${TABLES_THAT_TAKE_WRITES} LOOP
    EXECUTE format('CREATE TRIGGER daybreak_refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
                      FOR EACH STATEMENT EXECUTE FUNCTION daybreak.refuse()', item.name);
  END LOOP;
END $body$;

-- The dead man's switch of a durable fence: one call that the server itself runs to its end. Called before the fence, it waits
-- for it, gives writes back when the deadline passes, whoever died, and ends when the fence does.
-- A fence that never comes, or an attempt that was overtaken before it, ends the wait. Between looks it commits, so that it holds no snapshot.
CREATE OR REPLACE PROCEDURE daybreak.reopen_past_deadline(expected text, claimed bigint) LANGUAGE plpgsql AS $body$
DECLARE
  held    daybreak.custody;
  give_up timestamptz := clock_timestamp() + interval '20 seconds';
BEGIN
  LOOP
    SELECT * INTO held FROM daybreak.custody;
    EXIT WHEN held.hand_over IS DISTINCT FROM expected AND (held.token > claimed OR clock_timestamp() >= give_up);
    EXIT WHEN held.hand_over = expected AND held.state <> 'fenced';
    IF held.hand_over = expected AND clock_timestamp() >= held.deadline THEN
      PERFORM daybreak.give_back();
      COMMIT;
      IF (held.doors ->> 'readers')::boolean THEN PERFORM daybreak.end_readers(); END IF;
      EXIT;
    END IF;
    COMMIT;
    PERFORM pg_sleep(0.1);
    COMMIT;
  END LOOP;
END $body$;
`;
