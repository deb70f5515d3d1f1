import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPair, type Pair, type SideName } from '../../../postgres-pair.ts';

const PATIENCE = { timeout: 60_000, interval: 20 };

describe('the right to replicate', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ source: '15', target: '17' });
    await pair.sql('target', `CREATE ROLE app_rw LOGIN PASSWORD 'rw-secret'`);
  }, 120_000);
  afterAll(async () => await pair.stop());

  const makeSlot = (side: SideName): Promise<object[]> =>
    pair.sql(side, `SELECT pg_create_logical_replication_slot('probe', 'pgoutput', true)`, 'app_rw');
  const mayReplicate = async (side: SideName): Promise<boolean | undefined> => {
    const rows = await pair.sql<{ may: boolean }>(
      side,
      `SELECT rolreplication AS may FROM pg_roles WHERE rolname = 'app_rw'`,
    );
    return rows[0]?.may;
  };

  test.each<SideName>(['source', 'target'])('comes and goes with membership in rds_replication (%s)', async (side) => {
    await expect(makeSlot(side)).rejects.toThrow(/42501/);
    await pair.sql(side, 'GRANT rds_replication TO app_rw');
    await expect.poll(() => mayReplicate(side), PATIENCE).toBe(true);
    await makeSlot(side);
    await pair.sql(side, 'REVOKE rds_replication FROM app_rw');
    await expect.poll(() => mayReplicate(side), PATIENCE).toBe(false);
    await expect(makeSlot(side)).rejects.toThrow(/42501/);
  });

  test('comes with a membership through another role, and not to the roles of the service', async () => {
    await pair.sql('target', 'CREATE ROLE feeders IN ROLE rds_replication; GRANT feeders TO app_rw');
    await expect.poll(() => mayReplicate('target'), PATIENCE).toBe(true);
    await pair.sql('target', 'REVOKE feeders FROM app_rw');
    await expect.poll(() => mayReplicate('target'), PATIENCE).toBe(false);
    const sql = `SELECT array_agg(rolname::text ORDER BY rolname) AS names FROM pg_roles WHERE rolreplication`;
    expect(await pair.sql('target', sql)).toEqual([{ names: ['admin_user', 'feeders', 'rdsadmin'] }]);
  });

  test('is still kept after a restart, and after a crash of one process that ends all sessions', async () => {
    const { target } = pair.servers;
    await target.stop();
    await target.start();
    await pair.sql('target', 'GRANT rds_replication TO app_rw');
    await expect.poll(() => mayReplicate('target'), PATIENCE).toBe(true);
    const { rows } = await target.sql(`SELECT pid FROM pg_stat_activity WHERE backend_type = 'background writer'`);
    process.kill((rows as { pid: number }[])[0]?.pid ?? 0, 'SIGKILL');
    await expect
      .poll(() => pair.sql('target', 'REVOKE rds_replication FROM app_rw').catch(String), PATIENCE)
      .toEqual([]);
    await expect.poll(() => mayReplicate('target').catch(String), PATIENCE).toBe(false);
  }, 120_000);

  test('does not hold up a stop', async () => {
    const { source } = pair.servers;
    await source.stop('fast');
    expect(source.pid).toBeUndefined();
    await source.start();
    await source.crash();
    await source.start();
  }, 120_000);
});
