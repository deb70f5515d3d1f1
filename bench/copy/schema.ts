/**
 * Tables as pgbench makes them (accounts of 97 bytes a row and more) and the sample application's, with 12 indexes, their primary
 * keys among them, and foreign keys. All belong to the master user, so that every rival may copy them.
 */
const TABLES = `
CREATE TABLE pgbench_branches (bid int NOT NULL, bbalance int, filler char(88));
CREATE TABLE pgbench_tellers (tid int NOT NULL, bid int, tbalance int, filler char(84));
CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84));
CREATE TABLE profiles (id uuid NOT NULL, email text NOT NULL, name text, settings jsonb, created_at timestamptz NOT NULL);
CREATE TABLE assessment_sessions (id bigint NOT NULL, profile uuid NOT NULL, kind text NOT NULL, score numeric(6, 2), answers jsonb, started_at timestamptz NOT NULL);
CREATE TABLE insights (id bigint NOT NULL, session bigint NOT NULL, body text NOT NULL, weight double precision)`;

const INDEXES = `
ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid); ALTER TABLE pgbench_tellers ADD PRIMARY KEY (tid); ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid);
CREATE INDEX ON pgbench_accounts (bid); CREATE INDEX ON pgbench_accounts (abalance);
ALTER TABLE profiles ADD PRIMARY KEY (id); CREATE UNIQUE INDEX ON profiles (email);
ALTER TABLE assessment_sessions ADD PRIMARY KEY (id); CREATE INDEX ON assessment_sessions (profile); CREATE INDEX ON assessment_sessions (started_at);
ALTER TABLE insights ADD PRIMARY KEY (id); CREATE INDEX ON insights (session);
ALTER TABLE pgbench_accounts ADD FOREIGN KEY (bid) REFERENCES pgbench_branches; ALTER TABLE assessment_sessions ADD FOREIGN KEY (profile) REFERENCES profiles;
ALTER TABLE insights ADD FOREIGN KEY (session) REFERENCES assessment_sessions`;

/** With its indexes, one scale is about so many bytes; the size that came out is what is reported. */
const BYTES_PER_SCALE = 35_000_000;

/** Statements that make about `bytes` of database; one scale is 100,000 accounts, as pgbench counts. */
export function seed(bytes: number): string[] {
  const scale = bytes / BYTES_PER_SCALE;
  const rows = (perScale: number): number => Math.max(1, Math.round(scale * perScale));
  const branches = rows(1);
  const people = rows(10_000);
  const sessions = rows(30_000);
  return [
    TABLES,
    `INSERT INTO pgbench_branches SELECT n, 0, '' FROM generate_series(1, ${branches}) n`,
    `INSERT INTO pgbench_tellers SELECT n, 1 + n % ${branches}, 0, '' FROM generate_series(1, ${rows(10)}) n`,
    `INSERT INTO pgbench_accounts SELECT n, 1 + n % ${branches}, (n * 7919::bigint) % 100000, '' FROM generate_series(1, ${rows(100_000)}) n`,
    `INSERT INTO profiles SELECT md5(n::text)::uuid, n || '@example.com', 'Person ' || n, jsonb_build_object('theme', n % 3, 'marks', ARRAY[n, n + 1]), timestamptz '2026-01-01' + n * interval '1 second' FROM generate_series(1, ${people}) n`,
    `INSERT INTO assessment_sessions SELECT n, md5((1 + n % ${people})::text)::uuid, 'kind ' || n % 5, (n % 10000) / 100.0, jsonb_build_object('a', n % 7, 'text', repeat('answer ', 5)), timestamptz '2026-01-01' + (n * 7919::bigint % 8000000) * interval '1 second' FROM generate_series(1, ${sessions}) n`,
    `INSERT INTO insights SELECT n, 1 + n % ${sessions}, repeat(md5(n::text), 3), n / 7.0 FROM generate_series(1, ${rows(30_000)}) n`,
    INDEXES,
  ];
}
