import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkPrivileges } from '../../../activities/assessment/privileges.ts';
import { checkReadability } from '../../../activities/assessment/readability.ts';
import { MASTER } from '../../postgres-pair.ts';
import { named, openDatabase, planFor, type AssessedDatabase } from './database.ts';

/** A second server with a role that has what RDS gives a master user, less what each test takes away. */
let db: AssessedDatabase;

beforeAll(async () => {
  db = await openDatabase('17');
});
afterAll(async () => await db.pair.stop());

test('the master user of RDS has all the fence needs', async () => {
  expect(await db.look(checkPrivileges)).toEqual([]);
});

test('asking changes nothing: the roles still log in', async () => {
  await db.look(checkPrivileges);
  const rows = await db.pair.sql<{ able: boolean }>(
    'source',
    `SELECT rolcanlogin AS able FROM pg_roles WHERE rolname LIKE 'app_%'`,
  );
  expect(rows).toEqual([{ able: true }, { able: true }]);
});

test('a role that somebody else made blocks, because the fence cannot take its LOGIN', async () => {
  await db.asSuperuser(`CREATE ROLE elsewhere LOGIN PASSWORD 'x'`);
  const plan = planFor(db.pair, { roles: [{ name: 'elsewhere', password: 'env:APP_RW_PASSWORD' }] });
  const found = await db.look(checkPrivileges, { plan });
  await db.asSuperuser('DROP ROLE elsewhere');
  expect(named(found)).toEqual(['blocker role-not-alterable']);
  expect(found[0]?.message).toContain('GRANT elsewhere TO it WITH ADMIN OPTION');
});

describe('a role that is no master user', () => {
  test('is told everything it lacks at once', async () => {
    const roles = db.pair.roles.filter(({ name }) => name === 'app_rw');
    const plan = planFor(db.pair, { source: { ...planFor(db.pair).source, user: 'app_ro' }, roles });
    await using session = await db.pair.clients.openSession(db.pair.loginOf('source', 'app_ro'), { name: 'test' });
    expect(named(await db.look(checkPrivileges, { session, plan }))).toEqual([
      'blocker not-owner',
      'blocker no-create',
      'blocker no-signal',
      'blocker no-stats',
      'blocker role-not-alterable',
    ]);
  });

  test('is told which tables, sequences and schemas it may not read', async () => {
    await db.pair.sql(
      'source',
      `CREATE TABLE closed (id serial); CREATE SCHEMA hidden; CREATE TABLE hidden.inside (id int); GRANT SELECT ON hidden.inside TO app_ro`,
    );
    await using session = await db.pair.clients.openSession(db.pair.loginOf('source', 'app_ro'), { name: 'test' });
    const found = await db.look(checkReadability, { session });
    await db.pair.sql('source', 'DROP TABLE closed; DROP SCHEMA hidden CASCADE');
    expect(named(found)).toEqual(['blocker not-readable']);
    expect(found[0]?.message).toContain('closed, closed_id_seq, hidden.inside');
  });
});

test('row security that hides rows from us blocks: they would be neither copied nor missed', async () => {
  await db.pair.sql('source', 'CREATE TABLE patients (id int); ALTER TABLE patients ENABLE ROW LEVEL SECURITY');
  await db.pair.sql('source', `ALTER TABLE patients OWNER TO app_rw; GRANT ALL ON patients TO ${MASTER}`);
  expect(await db.look(checkReadability)).toEqual([]);
  await db.pair.sql('source', 'ALTER TABLE patients FORCE ROW LEVEL SECURITY');
  const found = await db.look(checkReadability);
  await db.pair.sql('source', 'DROP TABLE patients');
  expect(named(found)).toEqual(['blocker rows-hidden']);
  expect(found[0]?.message).toContain(`patients from ${MASTER}`);
});
