import { ApplicationFailure } from '@temporalio/common';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Clients, OpenSession } from '../../../activities/clients.ts';
import type { Login } from '../../../activities/contract.ts';
import { closeTarget } from '../../../activities/cutover/close-target.ts';
import { previewRollback } from '../../../activities/cutover/preview-rollback.ts';
import { releaseClaim } from '../../../activities/cutover/release-claim.ts';
import { planRescue } from '../../../activities/cutover/rescue.ts';
import { whyNotReleased } from '../../../model/rescue.ts';
import { until } from '../../until.ts';
import { lost, writableSides } from './attempts.ts';
import { openFollowingStage } from './following-stage.ts';
import { MIGRATION, type Stage } from './stage.ts';
import { tripsOn, type Trips } from './trips.ts';
import { startWriters } from './writers.ts';

let stage: Stage;
let trips: Trips;
beforeAll(async () => {
  stage = await openFollowingStage('17');
  trips = tripsOn(stage);
});
afterEach(() => trips.end());
afterAll(() => stage.stop());

const placeOf = ({ host, port, database }: Login): string => `${host}:${port}/${database}`;

/** Every acknowledged write has to be on both sides once the feed has brought the last of them. */
async function bothHold(acknowledged: readonly string[]): Promise<void> {
  expect(acknowledged.length).toBeGreaterThan(0);
  for (const side of ['source', 'target'] as const)
    await until(
      `every acknowledged write is on the ${side}`,
      async () => (await lost(stage, side, acknowledged)).length === 0,
    );
}

/** The source's world, without what belongs to the role that replicates. */
async function unfollowedSource(): Promise<unknown> {
  const ours = /daybreak_replication_/;
  const world = (await stage.world('source')) as { logins: Record<string, boolean>; database: string[] };
  const logins = Object.fromEntries(Object.entries(world.logins).filter(([name]) => !ours.test(name)));
  return { ...world, logins, database: world.database.filter((grant) => !ours.test(grant)) };
}

/** Clients whose sessions see the deed done before each statement that contains the text. */
function clientsBefore(text: string, deed: () => Promise<unknown>): Clients {
  const openSession: OpenSession = async (login, options) => {
    const session = await stage.pair.clients.openSession(login, options);
    const query: typeof session.query = async (sql, values) => {
      if (sql.includes(text)) await deed();
      return await session.query(sql, values);
    };
    return { ...session, query };
  };
  return { ...stage.pair.clients, openSession };
}

const BEFORE_THE_FENCE = [
  'close the taking side',
  'refuse prepared transactions',
  'track the taking side',
  'ready the switches',
  'log in for the lock',
  'log in for the timed reopening',
  'log in for the opening',
  'ask ahead',
  'follow changed keys',
  'arm timed reopening',
  'hold vacuum off',
  'probe both feeds',
  'compare the schemas',
  'change ahead',
  'compare once more',
  'pause the poolers',
  'lock writes',
  'fence',
];
const INSIDE = ['drain', 'verify changed keys', 'switch', 'refuse writes', 'commit'];

describe('an attempt that fails', () => {
  // Before any hand-over, each in the world that those before it left.
  test.each([...BEFORE_THE_FENCE, ...INSIDE])('at the step "%s" leaves the source as it was', async (failing) => {
    const before = await stage.world('source');
    const file = await readFile(stage.envFile, 'utf8');
    const onStep = (step: string): void => {
      if (step === failing) throw new ApplicationFailure(`broken at ${failing}`, 'SwitchFailed');
    };
    await expect(trips.there({ onStep })).rejects.toMatchObject({
      type: INSIDE.includes(failing) ? 'WritesGivenBack' : 'SwitchFailed',
    });
    expect(await stage.world('source')).toEqual(before);
    expect(await readFile(stage.envFile, 'utf8')).toBe(file);
    const writer = startWriters(stage, 1);
    await writer.progress();
    await bothHold(await writer.stop());
    trips.goesOn();
  });

  test('because a table was made that the other side does not follow gives writes back, and says which', async () => {
    const clients = clientsBefore('IN EXCLUSIVE MODE', () =>
      stage.ask('source', 'CREATE TABLE late (id int PRIMARY KEY)'),
    );
    await expect(trips.there({ clients })).rejects.toThrow(/does not follow: .*late/);
    await stage.ask('source', 'DROP TABLE late');
    trips.goesOn();
  });

  test('shows nobody what it changed ahead, until the last moment before writers wait', async () => {
    const world = async () => [await stage.world('source'), await stage.world('target'), await writableSides(stage)];
    let [closed, seen]: unknown[] = [];
    const clients = clientsBefore('IN EXCLUSIVE MODE', async () => {
      seen = await world();
      throw new ApplicationFailure('broken before the lock', 'SwitchFailed');
    });
    const onStep = (step: string): void => {
      if (step === 'change ahead') closed = world();
    };
    await expect(trips.there({ clients, onStep })).rejects.toMatchObject({ type: 'SwitchFailed' });
    expect(seen).toEqual(await closed);
    expect(await stage.world('source')).toEqual((seen as unknown[])[0]);
    trips.goesOn();
  });

  test('because a column was added since to a table nobody writes holds nobody up, and says which', async () => {
    const clients = clientsBefore('pg_prepared_xacts', () =>
      stage.ask('source', 'ALTER TABLE ledger ADD COLUMN late text'),
    );
    const steps: string[] = [];
    await expect(trips.there({ clients, onStep: (step) => void steps.push(step) })).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringMatching(/differ since they were verified: column public.ledger.late/),
    });
    expect(steps).not.toContain('pause the poolers');
    await stage.ask('source', 'ALTER TABLE ledger DROP COLUMN late');
    trips.goesOn();
  });

  test('because a table of the giving side is being vacuumed holds nobody up', async () => {
    await using vacuum = await stage.pair.clients.openSession(stage.pair.source, { name: 'maintenance' });
    await vacuum.query('BEGIN; LOCK TABLE ledger IN SHARE UPDATE EXCLUSIVE MODE');
    const steps: string[] = [];
    const failing = trips.there({ onStep: (step) => void steps.push(step) });
    await expect(failing).rejects.toMatchObject({ type: 'FenceNotProved', message: expect.stringMatching(/vacuum/) });
    expect(steps).not.toContain('pause the poolers');
    trips.goesOn();
  });
});

describe('a hand-over of a target that follows', () => {
  test('takes no writes on the target before it opens', async () => {
    await expect(stage.ask('target', `INSERT INTO ledger VALUES ('early', 1)`)).rejects.toThrow(/was migrated/);
    trips.goesOn();
  });

  // Not tried again on a new stage: that the attempts above left nothing in its way is part of what it shows.
  test(
    'moves every write under writers, and the giver follows and refuses them to the master',
    { retry: 0 },
    async () => {
      const writers = startWriters(stage);
      await writers.progress();
      const facts = await trips.there();
      await writers.progress();
      expect(facts).toMatchObject({ direction: 'source-to-target', writesLost: 0 });
      expect(await writableSides(stage)).toEqual(['target']);
      await expect(stage.ask('source', `INSERT INTO ledger VALUES ('late', 1)`)).rejects.toThrow(/was migrated/);
      await bothHold(await writers.stop());
      await trips.back();
      trips.goesOn();
    },
  );

  test('goes there and back six times without a copy, and loses nothing', async () => {
    const writers = startWriters(stage);
    for (let round = 0; round < 6; round += 1) {
      await writers.progress();
      await trips.there();
      await writers.progress();
      expect(await trips.back()).toMatchObject({ writesLost: 0 });
    }
    await writers.progress();
    expect(await writableSides(stage)).toEqual(['source']);
    await bothHold(await writers.stop());
    trips.goesOn();
  }, 240_000);

  test('may be read, and written by nobody, when another try begins after the way back', async () => {
    await trips.there();
    await trips.back();
    const { source, target, clients, roles } = stage.pair;
    const app = { ...target, user: 'app_rw', password: roles.find(({ name }) => name === 'app_rw')?.password ?? '' };
    await expect(clients.openSession(app, { name: 'app' })).rejects.toMatchObject({ type: 'DatabaseRefused' });
    await closeTarget(clients)({ migration: MIGRATION, source, target });
    await using session = await clients.openSession(app, { name: 'app' });
    await session.query('SELECT FROM ledger');
    await expect(session.query(`INSERT INTO ledger VALUES ('early', 1)`)).rejects.toThrow(/was migrated/);
    await trips.there();
    expect(await writableSides(stage)).toEqual(['target']);
    await expect(closeTarget(clients)({ migration: MIGRATION, source, target })).rejects.toMatchObject({
      type: 'CustodyHeldElsewhere',
    });
    await session.close();
    await trips.back();
    trips.goesOn();
  });

  test.each(['prepare the opening', 'open', 'end clients of the giving side'])(
    'at the step "%s" is completed: it was committed',
    async (failing) => {
      const writers = startWriters(stage);
      await writers.progress();
      const onStep = (step: string): void => {
        if (step === failing) throw new Error(`broken at ${failing}`);
      };
      await trips.there({ onStep });
      await writers.progress();
      expect(await writableSides(stage)).toEqual(['target']);
      await bothHold(await writers.stop());
      await trips.back();
      trips.goesOn();
    },
  );

  test('leaves a source that is freed after the way back without the run, and a target that is kept', async () => {
    const before = await unfollowedSource();
    const writers = startWriters(stage);
    await trips.there();
    await trips.back();
    await writers.progress();
    const { source, target, clients } = stage.pair;
    const sides = { migration: MIGRATION, source, target, plan: stage.plan };
    const found = await planRescue(clients, sides);
    expect(whyNotReleased(found.source, found.target)).toBeNull();
    const claim = { source: found.source?.state ?? null, target: found.target?.state ?? null };
    expect(claim).toEqual({ source: 'taken', target: 'given' });
    await releaseClaim(clients, sides, claim);
    await writers.progress();
    const acknowledged = await writers.stop();
    expect(await lost(stage, 'source', acknowledged)).toEqual([]);
    expect(await stage.world('source')).toEqual(before);
    for (const side of ['source', 'target'] as const)
      for (const kept of ['pg_replication_slots', 'pg_subscription', 'pg_publication'])
        expect(await stage.ask(side, `SELECT FROM ${kept}`), `${kept} on the ${side}`).toEqual([]);
    await expect(stage.ask('target', `INSERT INTO ledger VALUES ('late', 1)`)).rejects.toThrow(/was migrated/);
    expect((await stage.ask('target', 'SELECT FROM ledger')).length).toBeGreaterThan(0);
    expect(whyNotReleased(null, found.target)).toContain('claimed by no run');
  });

  test('can be looked at for the way back, which changes nothing and is told as it is', async () => {
    const writers = startWriters(stage);
    await trips.there();
    const before = [await stage.world('target'), await readFile(stage.envFile, 'utf8')];
    const { source, target, clients } = stage.pair;
    const look = () => previewRollback(clients, { migration: MIGRATION, source, target, plan: stage.plan });
    const seen = await look();
    expect(seen).toMatchObject({
      lost: false,
      writesLost: 0,
      switches: [{ name: 'port', kind: 'dotenv', change: `${placeOf(target)} → ${placeOf(source)}` }],
    });
    expect(seen.tripMs).toBeGreaterThanOrEqual(0);
    expect(seen.lagBytes).toBeGreaterThanOrEqual(0);
    expect([await stage.world('target'), await readFile(stage.envFile, 'utf8')]).toEqual(before);
    await writers.progress();
    await writers.stop();

    await writeFile(stage.envFile, `DB_PORT=${source.port}\n`);
    expect((await look()).troubles).toContain('switch port does not lead to the target now');
    await stage.ask('target', 'ALTER TABLE ledger ADD COLUMN note text');
    const astray = await look();
    expect(astray).toMatchObject({ lost: true, tripMs: null, predictedPauseMs: null });
    expect(astray.writesLost).toBeGreaterThan(0);
  });
});
