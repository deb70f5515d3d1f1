import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkRoleLogins } from '../../../activities/assessment/role-logins.ts';
import { checkRoles } from '../../../activities/assessment/roles.ts';
import { MASTER } from '../../postgres-pair.ts';
import { named, openDatabase, planFor, type AssessedDatabase } from './database.ts';

describe.each(['15', '17'] as const)('on PostgreSQL %s', (major) => {
  let db: AssessedDatabase;

  beforeAll(async () => {
    db = await openDatabase(major);
    await db.pair.sql('source', 'CREATE TABLE records (id int); GRANT SELECT ON records TO app_ro');
  });
  afterAll(async () => await db.pair.stop());

  test('a plan that names every login role is left alone', async () => {
    expect(await db.look(checkRoles)).toEqual([]);
    expect(await db.look(checkRoleLogins)).toEqual([]);
  });

  test.each([
    ['owns a table', 'CREATE SCHEMA AUTHORIZATION reporter'],
    ['was granted a table', 'GRANT SELECT ON records TO reporter'],
    ['may connect by a grant of its own', 'GRANT CONNECT ON DATABASE app TO reporter'],
  ])('a login role that %s and is not in the plan blocks', async (_what, deed) => {
    const found = await db.lookWith(
      `CREATE ROLE reporter LOGIN; GRANT reporter TO ${MASTER}; ${deed}`,
      checkRoles,
      'DROP OWNED BY reporter CASCADE; DROP ROLE reporter',
    );
    expect(named(found)).toEqual(['blocker role-missing']);
    expect(found[0]?.message).toContain('role reporter');
    expect(found[0]?.message).toContain('add it under roles with its password');
  });

  test('a login role that reaches a table only through a group blocks', async () => {
    const found = await db.lookWith(
      `CREATE ROLE readers; CREATE ROLE auditor LOGIN; GRANT readers TO auditor; GRANT SELECT ON records TO readers`,
      checkRoles,
      'REVOKE ALL ON records FROM readers; DROP ROLE readers, auditor',
    );
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('role auditor (0 owned objects, 1 grants'),
    ]);
  });

  test('a login role that is connected now blocks, whatever it may do', async () => {
    await db.pair.sql('source', `CREATE ROLE visitor LOGIN PASSWORD 'rw-secret'`);
    const login = { ...db.pair.loginOf('source', 'app_rw'), user: 'visitor' };
    const visit = await db.pair.clients.openSession(login, { name: 'visit' });
    try {
      expect((await db.look(checkRoles)).map(({ message }) => message)).toEqual([
        expect.stringContaining('1 sessions'),
      ]);
    } finally {
      await visit.close();
      await db.pair.sql('source', 'DROP ROLE visitor');
    }
  });

  test('a login role that has nothing to do with the database is left alone', async () => {
    expect(await db.lookWith('CREATE ROLE stranger LOGIN', checkRoles, 'DROP ROLE stranger')).toEqual([]);
  });

  test('a role of the plan that does not exist, or cannot log in, blocks', async () => {
    const plan = planFor(db.pair, {
      roles: [
        ...db.pair.roles,
        { name: 'ghost', password: 'env:APP_RW_PASSWORD' },
        { name: 'crowd', password: 'env:X' },
      ],
    });
    await db.pair.sql('source', 'CREATE ROLE crowd');
    const found = await db.look(checkRoles, { plan });
    await db.pair.sql('source', 'DROP ROLE crowd');
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('role ghost of the plan does not exist'),
      expect.stringContaining('role crowd of the plan may not log in'),
    ]);
    expect(named(found)).toEqual(['blocker role-unknown', 'blocker role-unknown']);
  });

  test('a password that does not open the source blocks, for the fence is proved by that login failing', async () => {
    const plan = planFor(db.pair, { roles: [{ name: 'app_rw', password: 'env:APP_RO_PASSWORD' }] });
    const found = await db.look(checkRoleLogins, { plan });
    expect(named(found)).toEqual(['blocker role-login']);
    expect(found[0]?.message).toContain('correct env:APP_RO_PASSWORD or the role');
    expect(found[0]?.message).not.toContain('ro-secret');
  });
});
