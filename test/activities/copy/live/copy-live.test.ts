import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LiveProgress } from '../../../../activities/copy/live/live-progress.ts';
import { tablesToCopy } from '../../../../activities/copy/live/tables.ts';
import { catalogueDrift } from '../../../../activities/replication/catalogue-drift.ts';
import type { Major } from '../../../../local/cloud/postgres/binaries.ts';
import { catalogueOf } from '../catalogue.ts';
import { cannotRead, CLIENT } from '../client-major.ts';
import { makeEverything } from '../everything.ts';
import { openLiveStage, type LiveStage } from './live-stage.ts';
import { startLiveWriters } from './live-writers.ts';
import { ODD_TABLES } from './odd-tables.ts';

const MAJORS: readonly Major[] = ['15', '17'];
for (const major of MAJORS.filter(cannotRead))
  console.warn(`SKIPPED: live copies from PostgreSQL ${major}, for pg_dump here is ${CLIENT}`);

const SCHEMA_MAKERS = `GRANT CREATE ON SCHEMA public TO app_rw`;

/** Some of everything, in both directions of every conflict the copy could have with the stream. */
const WRITES = (writer: number, n: number): string => `
  BEGIN;
  INSERT INTO profiles (id, "Full Name", mood) VALUES (${100_000 + n * 2 + writer}, 'New ${writer} ${n}', 'calm');
  UPDATE profiles SET wage = coalesce(wage, 0) + 1, settings = '{"n": ${n}}' WHERE id = ${1 + ((n * 7 + writer) % 1500)};
  DELETE FROM profiles WHERE id = ${1500 + ((n * 2 + writer) % 500)} AND NOT EXISTS (SELECT FROM "Assessment Sessions" WHERE profile = profiles.id);
  INSERT INTO insights VALUES (${100_000 + n * 2 + writer}, '2026-03-01', NULL);
  UPDATE insights SET note = 'changed' WHERE id = ${1 + (n % 900)};
  UPDATE full_identity SET b = 'y${n}' WHERE b = 'y${n - 1}' OR b = 'x';
  UPDATE by_index SET b = 'n${n}' WHERE a = ${1 + (n % 50)}; UPDATE altered SET late = 'l${n}' WHERE id = ${1 + ((n + writer * 150) % 300)};
  INSERT INTO deep VALUES (${1000 + n * 2 + writer}, '2026-04-01'); DELETE FROM deep WHERE id = ${10 + (n % 190)};
  UPDATE by_name SET of = 'insights' WHERE id = 2;
  COMMIT`;

describe.each(MAJORS.filter((major) => !cannotRead(major)))(
  'a live copy, %s to its own major',
  { timeout: 180_000 },
  (major) => {
    let stage: LiveStage;
    const beats: LiveProgress[] = [];
    beforeAll(async () => {
      stage = await openLiveStage(major, major, async (pair) => {
        await makeEverything(pair);
        await pair.sql('source', SCHEMA_MAKERS);
        await pair.sql('source', `${ODD_TABLES} SELECT lo_unlink(4242)`, 'app_rw');
      });
    });
    afterAll(() => stage.pair.stop());

    test('refuses large objects, whose changes no stream carries, before it touches anything', async () => {
      await stage.pair.sql('source', 'SELECT lo_create(4243)', 'app_rw');
      await expect(stage.copy()).rejects.toMatchObject({
        type: 'CopyFailed',
        message: expect.stringMatching(/found 1 large objects.*wanted none, or strategy dump/) as string,
      });
      await stage.pair.sql('source', 'SELECT lo_unlink(4243)', 'app_rw');
    });

    test('and a subscription to its slot make both sides the same, while the application writes', async () => {
      await using writers = startLiveWriters(stage.pair, WRITES);
      await writers.progress();
      const facts = await stage.copy({ heartbeat: (beat) => beats.push(beat) });
      expect(facts.tables).toBe(27);
      expect(facts.bytes).toBeGreaterThan(6_400_000);
      await writers.progress();
      await writers.stop();
      await stage.follow();
      const [source, target] = [await stage.fingerprints('source'), await stage.fingerprints('target')];
      expect(target).toEqual(source);
      expect(target.length).toBeGreaterThan(27);
    });

    test('has owners, privileges, constraints and all the rest of the catalogue as on the source', async () => {
      const [source, target] = [await catalogueOf(stage.pair, 'source'), await catalogueOf(stage.pair, 'target')];
      for (const [name, rows] of Object.entries(source)) expect({ [name]: target[name] }).toEqual({ [name]: rows });
    });

    test('is no drift of catalogues, as which a change of the schema would be told', async () => {
      await using giver = await stage.pair.clients.openSession(stage.pair.source, { name: 'test' });
      await using taker = await stage.pair.clients.openSession(stage.pair.target, { name: 'test' });
      expect(await catalogueDrift(giver, taker)).toEqual([]);
    });

    test('has built the indexes of its keys beside the others, but of those with storage parameters', async () => {
      const keys = `SELECT count(*)::int AS count FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_class i ON i.oid = conindid
        WHERE contype IN ('p', 'u') AND c.relkind = 'r' AND c.oid >= 16384 AND i.reloptions IS NULL
          AND connamespace <> 'daybreak'::regnamespace`;
      const built = `SELECT count(*)::int AS count FROM daybreak.live_copy_mark WHERE what LIKE 'entry -%'`;
      expect(await stage.pair.sql('target', built)).toEqual(await stage.pair.sql('target', keys));
    });

    test('has functions word for word, replica identities, statistics and filled views', async () => {
      const CHECKS = [
        `SELECT prosrc FROM pg_proc WHERE proname IN ('loud', 'touch') ORDER BY proname`,
        `SELECT relname, relreplident, relispopulated FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') ORDER BY 1`,
        `SELECT indexrelid::regclass::text, indisreplident, indisclustered FROM pg_index WHERE indisreplident OR indisclustered ORDER BY 1`,
      ];
      for (const sql of CHECKS)
        expect(await stage.pair.sql('target', sql)).toEqual(await stage.pair.sql('source', sql));
      const blind = `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind IN ('r', 'p', 'm') AND reltuples < 0 AND relispopulated
      AND relnamespace::regnamespace::text IN ('public', 'mixed') AND NOT (relkind = 'r' AND relname = 'sentinel')`;
      expect(await stage.pair.sql('target', blind)).toEqual([]);
    });

    test('carries names of tables and functions as names, and fires no trigger', async () => {
      const names = `SELECT id, of::text, calls::text[], many::text, types::text FROM by_name LEFT JOIN nested_names USING (id) ORDER BY id`;
      expect(await stage.pair.sql('target', names)).toEqual(await stage.pair.sql('source', names));
      expect(await stage.pair.sql('target', `SELECT FROM altered WHERE late = 'trigger fired'`)).toEqual([]);
    });

    test('leaves frozen rows, so that nothing has to visit them again', async () => {
      const [row] = await stage.pair.sql<{ frozen: number }>(
        'target',
        `SELECT relallvisible AS frozen FROM pg_class WHERE relname = 'tree'`,
      );
      expect(row?.frozen).toBeGreaterThan(0);
    });

    test('tells its progress', () => {
      expect(beats.map(({ stage: at }) => at).filter((at, n, all) => at !== all[n - 1])).toEqual([
        'claim',
        'snapshot',
        'schema',
        'rows',
        'constraints',
        'finish',
      ]);
      expect(beats.at(-1)).toMatchObject({ tables: 27, tablesDone: 27, underWay: [], etaMs: 0 });
    });

    test('asked for again answers what it did, and changes nothing', async () => {
      const before = await stage.fingerprints('target');
      expect(await stage.copy()).toMatchObject({ tables: 27 });
      expect(await stage.fingerprints('target')).toEqual(before);
    });

    test('leaves no session and no role of its own, and the slot to the subscription alone', async () => {
      for (const side of ['source', 'target'] as const)
        expect(
          await stage.pair.sql(
            side,
            `SELECT application_name FROM pg_stat_activity WHERE application_name ~ '^daybreak/'`,
          ),
        ).toEqual([]);
      expect(await stage.pair.sql('target', `SELECT rolname FROM pg_roles WHERE rolname ~ '^daybreak'`)).toEqual([]);
      expect(await stage.pair.sql('source', 'SELECT slot_name FROM pg_replication_slots')).toEqual([
        { slot_name: stage.forward },
      ]);
    });

    test("takes of an extension's tables what its user added, and leaves out those without", async () => {
      const { pair } = stage;
      const ofExtension = async (condition: string): Promise<unknown> => {
        await pair.servers.source.sql(
          `UPDATE pg_extension SET extconfig = ARRAY['kept'::regclass::oid], extcondition = ARRAY['${condition}'] WHERE extname = 'citext'`,
          [],
          'app',
        );
        await using session = await pair.clients.openSession(pair.source, { name: 'test' });
        return (await tablesToCopy(session)).filter(({ name }) => name === '"public"."kept"');
      };
      await pair.sql('source', 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (1), (20)');
      await pair.servers.source.sql('ALTER EXTENSION citext ADD TABLE kept', [], 'app');
      expect(await ofExtension('WHERE id > 10')).toEqual([
        expect.objectContaining({ where: 'WHERE id > 10', rows: '"public"."kept" ("id")' }),
      ]);
      expect(await ofExtension('WHERE id > 30')).toEqual([]);
    });
  },
);
