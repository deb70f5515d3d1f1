import type { Client } from 'pg';
import { z } from 'zod';
import type { DatabaseAddress } from './database-address.ts';
import { OWN_NAME, serverName } from './server-name.ts';

/** One assessment as a client sends it. The client chooses the id, so that sending it twice does no harm. */
export const sessionWrite = z.strictObject({
  id: z.uuid(),
  /** 0 to 100, whole. */
  score: z.int().min(0).max(100),
});
export type SessionWrite = z.output<typeof sessionWrite>;

/**
 * Two rows in one transaction: the session, and an insight whose number comes from a sequence, so that a sequence that was
 * not carried over shows as a failed write. The profile is one of the seed's; without it the foreign key refuses.
 */
const INSERT = `
  WITH session AS (
    INSERT INTO assessment_sessions (id, profile_id, mood, score, answers, symptoms, started_at)
    VALUES ($1, '00000000-0000-4000-8000-000000000001', 'good', $2::int, jsonb_build_object('score', $2::int), ARRAY['none'], now())
    ON CONFLICT (id) DO NOTHING RETURNING id),
  insight AS (
    INSERT INTO session_insights (session_id, kind, insight, created_at)
    SELECT id, 'score', jsonb_build_object('score', $2::int), now() FROM session)
  SELECT ${OWN_NAME} AS server`;

/** Resolves to the name of the server that acknowledged it. */
export async function writeSession(client: Client, address: DatabaseAddress, write: SessionWrite): Promise<string> {
  // A prepared statement lives on one connection to a server, and a pooler gives the next transaction another.
  const prepared = address.pooled === true ? {} : { name: 'write-session' };
  const query = { ...prepared, text: INSERT, values: [write.id, write.score] };
  const { rows } = await client.query<{ server: string }>(query);
  return serverName(address, rows[0]?.server ?? '');
}

/** How many of these writes the database holds whole: the session with its score, and exactly one insight with the same. */
export async function countWhole(client: Client, writes: readonly SessionWrite[]): Promise<number> {
  const { rows } = await client.query<{ whole: number }>(
    `SELECT count(*)::int AS whole FROM unnest($1::uuid[], $2::int[]) AS wanted (id, score)
       JOIN assessment_sessions s ON s.id = wanted.id AND s.score = wanted.score
      WHERE (SELECT count(*) FILTER (WHERE (i.insight ->> 'score')::int = wanted.score) = 1 AND count(*) = 1
               FROM session_insights i WHERE i.session_id = wanted.id)`,
    [writes.map(({ id }) => id), writes.map(({ score }) => score)],
  );
  return rows[0]?.whole ?? 0;
}
