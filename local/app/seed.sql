-- The Mind Measure database, run as its application role, with what real databases have beside plain tables.
-- Everything is generated from row numbers: two seeds hold the same rows.

CREATE TYPE mood AS ENUM ('very low', 'low', 'neutral', 'good', 'very good');

CREATE TABLE profiles (
  id           uuid PRIMARY KEY,
  email        text NOT NULL UNIQUE,
  display_name text NOT NULL,
  tags         text[] NOT NULL DEFAULT '{}',
  preferences  jsonb NOT NULL DEFAULT '{}',
  avatar       bytea,
  created_at   timestamptz NOT NULL
);

CREATE TABLE assessment_sessions (
  id         uuid PRIMARY KEY,
  profile_id uuid NOT NULL REFERENCES profiles,
  mood       mood NOT NULL,
  score      numeric(5, 2) NOT NULL CHECK (score BETWEEN 0 AND 100),
  answers    jsonb NOT NULL,
  symptoms   text[] NOT NULL,
  started_at timestamptz NOT NULL
);
CREATE INDEX assessment_sessions_profile ON assessment_sessions (profile_id, started_at);

-- Partitioned by time; its numbers come from a sequence that every write moves on.
CREATE TABLE session_insights (
  id         bigserial,
  session_id uuid NOT NULL REFERENCES assessment_sessions,
  kind       text NOT NULL,
  insight    jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE session_insights_2024 PARTITION OF session_insights FOR VALUES FROM ('2024-01-01Z') TO ('2025-01-01Z');
CREATE TABLE session_insights_2025 PARTITION OF session_insights FOR VALUES FROM ('2025-01-01Z') TO ('2026-01-01Z');
CREATE TABLE session_insights_later PARTITION OF session_insights DEFAULT;
CREATE INDEX session_insights_session ON session_insights (session_id);

-- Quoted, mixed case, and numbered by hand past its sequence: whoever trusts the sequence runs into a duplicate key.
CREATE TABLE "ClinicianNotes" (
  "Id"        serial PRIMARY KEY,
  "ProfileId" uuid NOT NULL REFERENCES profiles,
  "Body Text" text NOT NULL
);

INSERT INTO profiles
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       'person' || n || '@mindmeasure.example',
       'Person ' || n || CASE WHEN n % 10 = 0 THEN ' Ångström' ELSE '' END,
       CASE n % 3 WHEN 0 THEN '{}' WHEN 1 THEN ARRAY['student'] ELSE ARRAY['student', 'says "hi", twice'] END,
       jsonb_build_object('locale', CASE n % 2 WHEN 0 THEN 'en-GB' ELSE 'de-DE' END, 'reminders', n % 5 = 0),
       CASE WHEN n % 4 = 0 THEN decode(md5('avatar' || n), 'hex') END,
       timestamptz '2024-01-01Z' + n * interval '30 minutes'
  FROM generate_series(1, 20000) AS n;

INSERT INTO assessment_sessions
SELECT ('10000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-4000-8000-' || lpad(to_hex(1 + n % 20000), 12, '0'))::uuid,
       (enum_range(NULL::mood))[1 + n % 5],
       (n * 37 % 10001) / 100.0,
       jsonb_build_object('sleep', n % 9, 'appetite', n % 7),
       CASE WHEN n % 6 = 0 THEN ARRAY['headache', NULL, 'low energy'] ELSE ARRAY['none'] END,
       timestamptz '2024-01-01Z' + n * interval '9 minutes'
  FROM generate_series(1, 80000) AS n;

INSERT INTO session_insights (session_id, kind, insight, created_at)
SELECT ('10000000-0000-4000-8000-' || lpad(to_hex(1 + n % 80000), 12, '0'))::uuid,
       CASE n % 3 WHEN 0 THEN 'trend' WHEN 1 THEN 'risk' ELSE 'note' END,
       jsonb_build_object('weight', n % 101),
       timestamptz '2024-01-01Z' + n * interval '7 minutes'
  FROM generate_series(1, 100000) AS n;

INSERT INTO "ClinicianNotes" ("Id", "ProfileId", "Body Text")
SELECT n, ('00000000-0000-4000-8000-' || lpad(to_hex(1 + n), 12, '0'))::uuid, E'Line one\nline two, ' || n
  FROM generate_series(1, 1000) AS n;

CREATE VIEW profile_overview AS
SELECT p.id, p.display_name, count(s.id) AS sessions, round(avg(s.score), 2) AS average_score
  FROM profiles p LEFT JOIN assessment_sessions s ON s.profile_id = p.id
 GROUP BY p.id;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO mindmeasure_reports;
