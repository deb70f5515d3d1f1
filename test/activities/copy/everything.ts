import type { Pair } from '../../postgres-pair.ts';

/** What real databases have, as the application's own role makes it. */
const BY_APPLICATION = `
CREATE TYPE mood AS ENUM ('calm', 'low', 'high'); CREATE DOMAIN score AS numeric(5,2) CHECK (value BETWEEN 0 AND 100);
CREATE TYPE pair AS (first int, second text);
CREATE TABLE profiles (
  id bigserial PRIMARY KEY, "Full Name" text NOT NULL, email text UNIQUE, tags text[] DEFAULT '{}', settings jsonb, photo bytea,
  mood mood, born date, weight double precision, wage numeric, home inet, spoken pair, period tstzrange, key uuid DEFAULT gen_random_uuid(),
  search tsvector GENERATED ALWAYS AS (to_tsvector('simple', "Full Name")) STORED);
INSERT INTO profiles ("Full Name", email, tags, settings, photo, mood, weight, wage, spoken)
  SELECT 'Person ' || n, n || '@example.com', ARRAY['a', NULL, 'b' || n], jsonb_build_object('n', n, 'x', 1.0 + n / 100.0),
         decode(lpad(to_hex(n), 8, '0'), 'hex'), (enum_range(NULL::mood))[1 + n % 3], n / 7.0, n::numeric / 3, ROW(n, 'p')::pair
    FROM generate_series(1, 2000) n;
SELECT setval('profiles_id_seq', 5);
CREATE TABLE "Assessment Sessions" (
  "Id" int GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5) PRIMARY KEY, profile bigint NOT NULL REFERENCES profiles, result score, at timestamptz NOT NULL)
;
INSERT INTO "Assessment Sessions" (profile, result, at) SELECT n, n % 100, now() FROM generate_series(1, 500) n;
CREATE TABLE insights (id bigint, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE insights_2026 PARTITION OF insights FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE insights_rest PARTITION OF insights DEFAULT;
INSERT INTO insights SELECT n, date '2025-06-01' + n, 'note ' || n FROM generate_series(1, 900) n;
CREATE TABLE log (line text) ; CREATE TABLE log_old () INHERITS (log); INSERT INTO log VALUES ('new'); INSERT INTO log_old VALUES ('old');
CREATE TABLE marks (); INSERT INTO marks DEFAULT VALUES;
CREATE UNLOGGED TABLE cache (k text PRIMARY KEY, v text); INSERT INTO cache VALUES ('k', 'v');
CREATE VIEW adults AS SELECT id, "Full Name" FROM profiles WHERE mood <> 'high';
CREATE MATERIALIZED VIEW per_mood AS SELECT mood, count(*) FROM profiles GROUP BY mood; CREATE UNIQUE INDEX ON per_mood (mood);
CREATE MATERIALIZED VIEW later AS SELECT 1 AS one WITH NO DATA;
CREATE INDEX ON profiles USING gin (settings); CREATE INDEX "Odd Index" ON profiles (lower("Full Name")) WHERE mood = 'low';
CREATE STATISTICS profile_stats ON mood, born FROM profiles;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := coalesce(NEW.note, '?'); RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE INSERT ON insights FOR EACH ROW EXECUTE FUNCTION touch();
CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM cache'; CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int, initcond = '0');
ALTER TABLE "Assessment Sessions" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "Assessment Sessions" TO app_ro USING (profile < 100);
COMMENT ON TABLE profiles IS 'people; it''s "them"'; COMMENT ON COLUMN profiles.mood IS 'how'; COMMENT ON FUNCTION touch() IS 'touches';
CREATE SEQUENCE tickets INCREMENT -1 MINVALUE -1000 MAXVALUE -1 START -1 CYCLE; SELECT nextval('tickets'); CREATE SEQUENCE unused START 77;
GRANT SELECT ON profiles, adults, per_mood, "Assessment Sessions" TO app_ro; GRANT SELECT (id, note) ON insights TO app_ro;
GRANT USAGE ON SEQUENCE tickets TO app_ro; REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC; REVOKE INSERT ON log FROM app_rw;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app_ro; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SELECT lo_from_bytea(4242, decode(repeat('ab', 5000), 'hex')); GRANT SELECT ON LARGE OBJECT 4242 TO app_ro; COMMENT ON LARGE OBJECT 4242 IS 'scan';
`;

/** What the master user adds: extensions, schemas of several owners, grants through others, owners that lost CREATE since. */
const BY_MASTER = `
CREATE SCHEMA "Extra Ext"; CREATE EXTENSION hstore SCHEMA "Extra Ext"; CREATE EXTENSION citext; CREATE EXTENSION pg_trgm SCHEMA "Extra Ext";
CREATE SCHEMA ours AUTHORIZATION app_rw; COMMENT ON SCHEMA ours IS 'the application''s';
CREATE SCHEMA mixed; GRANT USAGE ON SCHEMA mixed TO app_ro WITH GRANT OPTION; COMMENT ON SCHEMA public IS 'changed';
CREATE TABLE mixed.by_master (attributes "Extra Ext".hstore, name citext); INSERT INTO mixed.by_master VALUES ('a=>1', 'Case');
CREATE TABLE mixed.by_app (id int); GRANT USAGE, CREATE ON SCHEMA mixed TO app_rw; ALTER TABLE mixed.by_app OWNER TO app_rw; REVOKE CREATE ON SCHEMA mixed FROM app_rw;
CREATE INDEX ON mixed.by_master USING gin ((name::text) "Extra Ext".gin_trgm_ops);
GRANT SELECT ON mixed.by_master TO app_rw WITH GRANT OPTION; SET ROLE app_rw; GRANT SELECT ON mixed.by_master TO app_ro; RESET ROLE;
`;

/** Makes schema and rows on the source. */
export async function makeEverything(pair: Pair): Promise<void> {
  await pair.sql('source', BY_APPLICATION, 'app_rw');
  await pair.sql('source', `${BY_MASTER} REVOKE CREATE ON SCHEMA public FROM app_rw`);
}
