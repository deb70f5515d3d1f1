import type { DatabaseLane } from './database-lane.ts';

/** What `/api/database/health` answers. `port` is ours: on one machine hosts differ by nothing else. */
export type Health =
  | {
      readonly status: 'healthy';
      readonly database: {
        readonly version: string;
        /** What of Amazon's it is: behind a pooler nothing else tells source from target. */
        readonly engine: 'aurora' | 'rds';
        readonly host: string;
        readonly port: string;
        readonly database: string;
      };
    }
  | { readonly status: 'unhealthy'; readonly reason: string };

type Facts = { readonly version: string; readonly database: string; readonly aurora: boolean };

const FACTS = `
  SELECT version(), current_database() AS database,
         EXISTS (SELECT FROM pg_proc WHERE proname = 'aurora_version') AS aurora,
         count(*) AS profiles FROM (SELECT FROM profiles LIMIT 1) AS one`;

/** Healthy is an application that reads a table of its own, not merely one that logs in. */
export async function readHealth(lane: DatabaseLane): Promise<Health> {
  try {
    return await lane.use(async (client, { host, port }) => {
      const { rows } = await client.query<Facts>(FACTS);
      const [facts] = rows;
      if (facts === undefined) return { status: 'unhealthy', reason: 'no answer' };
      const version = `${facts.version}${facts.aurora ? ' (Aurora)' : ''}`;
      const engine = facts.aurora ? 'aurora' : 'rds';
      return { status: 'healthy', database: { version, engine, host, port: String(port), database: facts.database } };
    });
  } catch (error) {
    return { status: 'unhealthy', reason: error instanceof Error ? error.message : String(error) };
  }
}
