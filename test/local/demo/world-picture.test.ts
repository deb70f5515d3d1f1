import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { differences, readCatalogue, type WorldPicture } from '../../../local/demo/world-picture.ts';
import { startMindMeasure, type MindMeasure } from '../app/mind-measure.ts';

test('a world that is as it was differs in nothing; one that is not is told by name', () => {
  const before = { roles: [{ name: 'app', login: true }], files: 'a', slots: 0 };
  expect(differences(before, structuredClone(before))).toEqual([]);
  expect(differences(before, { roles: [{ name: 'app', login: false }], files: 'a', staged: 'b' })).toEqual([
    'roles',
    'slots',
    'staged',
  ]);
});

describe('the picture of a database', () => {
  let mind: MindMeasure;
  beforeAll(async () => {
    mind = await startMindMeasure();
  });
  afterAll(async () => {
    await mind[Symbol.asyncDispose]();
  });
  const picture = async (): Promise<WorldPicture> => {
    const client = new Client({
      host: '127.0.0.1',
      port: mind.ports[0],
      database: 'mindmeasure',
      user: 'master',
      password: 'master-secret',
      ssl: { ca: readFileSync(mind.caFile, 'utf8') },
    });
    await client.connect();
    const found = await readCatalogue(client);
    await client.end();
    return found;
  };

  test.each([
    ['roles', 'ALTER ROLE mindmeasure_app NOLOGIN', 'ALTER ROLE mindmeasure_app LOGIN'],
    [
      'databases',
      'REVOKE CONNECT ON DATABASE mindmeasure FROM PUBLIC',
      'GRANT CONNECT ON DATABASE mindmeasure TO PUBLIC',
    ],
    [
      'settings',
      'ALTER DATABASE mindmeasure SET default_transaction_read_only = on',
      'ALTER DATABASE mindmeasure RESET default_transaction_read_only',
    ],
    ['schemas', 'CREATE SCHEMA left_behind', 'DROP SCHEMA left_behind'],
    ['relations', 'CREATE TABLE left_behind (n int)', 'DROP TABLE left_behind'],
    [
      'triggers',
      'SET ROLE mindmeasure_app; CREATE TRIGGER t BEFORE UPDATE ON profiles FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
      'SET ROLE mindmeasure_app; DROP TRIGGER t ON profiles',
    ],
    ['memberships', 'GRANT mindmeasure_app TO mindmeasure_reports', 'REVOKE mindmeasure_app FROM mindmeasure_reports'],
  ])('shows a change of its %s, and none once that is undone', async (what, change, undo) => {
    const before = await picture();
    await mind.sql(change);
    expect(differences(before, await picture())).toEqual([what]);
    await mind.sql(undo);
    expect(differences(before, await picture())).toEqual([]);
  });
});
