import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkStatementLog } from '../../../activities/assessment/statement-log.ts';
import { prepareTarget } from '../../../activities/postgres/prepare-target.ts';
import { scramVerifier } from '../../../activities/postgres/scram-verifier.ts';
import { planFor, named, openDatabase, type AssessedDatabase } from './database.ts';

let db: AssessedDatabase;

beforeAll(async () => {
  db = await openDatabase('17');
});
afterAll(async () => await db.pair.stop());

const found = async (parameters: Record<string, string>, strategy: 'dump' | 'blue-green' = 'dump') => {
  const { target } = db.plan;
  const plan = planFor(db.pair, { strategy, target: { ...target, parameters } });
  return named(await db.look(checkStatementLog, { plan }));
};

describe('what the log of the target will hold', () => {
  test.each([
    [{}, []],
    [{ log_statement: 'none', log_min_duration_statement: '-1' }, []],
    [{ log_statement: 'ddl' }, ['info verifiers-logged']],
    [{ log_min_duration_statement: '1000' }, ['info verifiers-logged']],
    [{ log_statement: 'all' }, ['warning rows-logged', 'info verifiers-logged']],
    [{ log_statement: 'mod' }, ['warning rows-logged', 'info verifiers-logged']],
    [{ log_min_duration_statement: '0' }, ['warning rows-logged', 'info verifiers-logged']],
  ])('%o: %o', async (parameters, expected) => {
    expect(await found(parameters)).toEqual(expected);
  });

  test('the warning names what was found and what to set', async () => {
    const plan = planFor(db.pair, { target: { ...db.plan.target, parameters: { log_statement: 'all' } } });
    const [finding] = await db.look(checkStatementLog, { plan });
    expect(finding?.message).toContain('log_statement all');
    expect(finding?.message).toContain('set log_statement to ddl or none');
  });
});

describe('subscriptions carry a password in their text', () => {
  test('the target’s log would hold it', async () => {
    expect(await found({ log_statement: 'ddl' }, 'blue-green')).toContain('warning subscription-logged');
    expect(await found({}, 'blue-green')).toEqual([]);
  });

  test('the source’s log would hold it, which its server tells', async () => {
    await db.asSuperuser(`ALTER DATABASE app SET log_statement = 'ddl'`);
    const [finding, ...more] = await db.look(checkStatementLog, { plan: planFor(db.pair, { strategy: 'blue-green' }) });
    expect(await found({}), 'its way back is made behind the fence').toEqual(['warning subscription-logged']);
    await db.asSuperuser(`ALTER DATABASE app RESET log_statement`);
    expect(more).toEqual([]);
    expect(finding?.message).toContain('the source: with log_statement ddl');
  });
});

test('a server that logs every statement has our roles’ verifiers in its log, and no password', async () => {
  const { pair } = db;
  const { target } = pair.servers;
  await target.sql(`ALTER DATABASE app SET log_statement = 'all'`, [], 'app');
  await prepareTarget(pair.clients, { ...pair, run: 'run' });
  const log = await readFile(`${target.dir}.log`, 'utf8');
  expect(log).toMatch(/ALTER ROLE "app_rw" PASSWORD 'SCRAM-SHA-256\$4096:/);
  for (const { password } of pair.roles) {
    const secret = await pair.clients.readSecret(password);
    expect(await scramVerifier(secret)).not.toContain(secret);
    expect(log).not.toContain(secret);
  }
});
