import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APP_ROLE, REPORTS_ROLE } from '../../../local/app/seed.ts';
import { PASSWORDS, startMindMeasure, type MindMeasure } from './mind-measure.ts';

describe('the seeded Mind Measure database', () => {
  let mind: MindMeasure;
  beforeAll(async () => {
    mind = await startMindMeasure();
  });
  afterAll(async () => {
    await mind[Symbol.asyncDispose]();
  });
  const one = async <Row extends object>(text: string): Promise<Row | undefined> => (await mind.sql<Row>(text))[0];

  test('is large enough to see progress and small enough for a minute', async () => {
    const rows = await one(`SELECT (SELECT count(*)::int FROM profiles) AS profiles,
      (SELECT count(*)::int FROM assessment_sessions) AS sessions, (SELECT count(*)::int FROM session_insights) AS insights`);
    expect(rows).toEqual({ profiles: 20_000, sessions: 80_000, insights: 100_000 });
    const size = await one<{ mb: number }>('SELECT (pg_database_size(current_database()) / 1048576)::int AS mb');
    expect(size?.mb).toBeLessThanOrEqual(60);
  });

  test('belongs to the application, and the master user is no superuser yet may read it', async () => {
    expect(await mind.sql(`SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'`)).toEqual([
      { tableowner: APP_ROLE },
    ]);
    expect(await one('SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual({ rolsuper: false });
  });

  test('has what real databases have', async () => {
    const found = await one(`SELECT
      (SELECT count(*)::int FROM profile_overview) AS view,
      (SELECT count(*)::int FROM profiles WHERE avatar IS NOT NULL AND preferences ? 'locale') AS bytea_and_jsonb,
      (SELECT count(*)::int FROM assessment_sessions WHERE symptoms[2] IS NULL AND cardinality(symptoms) = 3) AS arrays,
      (SELECT count(*)::int FROM session_insights_2025) AS partition,
      (SELECT count(DISTINCT mood)::int FROM assessment_sessions) AS enum,
      (SELECT count("Body Text")::int FROM "ClinicianNotes") AS mixed_case`);
    expect(found).toEqual({
      view: 20_000,
      bytea_and_jsonb: 5_000,
      arrays: 13_333,
      partition: expect.any(Number),
      enum: 5,
      mixed_case: 1_000,
    });
    expect(found).not.toMatchObject({ partition: 0 });
  });

  test('has a sequence out of step: its next number is taken', async () => {
    const note = `INSERT INTO "ClinicianNotes" ("ProfileId", "Body Text")
      SELECT id, 'new' FROM profiles LIMIT 1`;
    await expect(mind.sql(note)).rejects.toThrow(/duplicate key/);
  });

  test('lets the reports role read and not write', async () => {
    const as = { user: REPORTS_ROLE, password: PASSWORDS[REPORTS_ROLE] };
    expect(await mind.sql('SELECT count(*)::int AS n FROM profiles', as)).toEqual([{ n: 20_000 }]);
    await expect(mind.sql('DELETE FROM "ClinicianNotes"', as)).rejects.toThrow(/permission denied/);
  });
});
