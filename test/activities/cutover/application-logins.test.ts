import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OpenSession, Session } from '../../../activities/clients.ts';
import { until } from '../../until.ts';
import { lost, writableSides } from './attempts.ts';
import { killAttempt, settledOn } from './death-and-freeze.ts';
import { compareAll, openFollowingStage } from './following-stage.ts';
import { AS_MASTER, AS_OWNER, type Stage } from './stage.ts';
import { tripsOn, type Trips } from './trips.ts';
import { startWriters } from './writers.ts';

/** Whom a fence of logins reaches badly: who owns the tables, and who may give back whatever was taken. */
describe.each([
  ['owner of its tables', '15', AS_OWNER],
  ['master user', '15', AS_MASTER],
  ['master user', '17', AS_MASTER],
] as const)('an application that logs in as the %s, on %s,', (_, major, application) => {
  let stage: Stage;
  let trips: Trips;
  beforeAll(async () => {
    stage = await openFollowingStage(major, application);
    trips = tripsOn(stage);
  });
  afterEach(() => trips.end());
  afterAll(() => stage.stop());

  test('goes on, and loses nothing, when the attempt is killed about to commit', async () => {
    const prepare = () => compareAll(stage, 'source-to-target');
    const killed = { at: 'commit', owner: 'source', prepare, goOnAlone: true } as const;
    expect(await killAttempt(stage, killed)).toEqual(settledOn('source'));
    trips.goesOn();
  });

  test('goes there and back under writers, loses nothing, and finds the source as it was', async () => {
    const before = await stage.world('source');
    const writers = startWriters(stage);
    await writers.progress();
    expect(await trips.there()).toMatchObject({ writesLost: 0 });
    await writers.progress();
    expect(await writableSides(stage)).toEqual(['target']);
    // A session of ours sets it off for itself, as a client might that does not listen.
    expect(await stage.ask('source', 'SELECT setconfig FROM pg_db_role_setting WHERE setrole = 0')).toEqual([
      { setconfig: ['default_transaction_read_only=on'] },
    ]);
    for (const deed of [`INSERT INTO ledger VALUES ('x', 1)`, 'DELETE FROM ledger', 'TRUNCATE ledger'])
      await expect(stage.ask('source', deed)).rejects.toThrow(/was migrated/);

    const { during, clients } = loggedInMeanwhile(stage);
    expect(await trips.back({ clients })).toMatchObject({ writesLost: 0 });
    // It was told at login that it may only read, and would believe so for as long as its pool keeps it.
    if (application === AS_MASTER) await (await during()).closed;
    await writers.progress();
    expect(await writableSides(stage)).toEqual(['source']);
    expect(await stage.world('source')).toEqual(before);
    const acknowledged = await writers.stop();
    for (const side of ['source', 'target'] as const)
      await until(
        `every acknowledged write is on the ${side}`,
        async () => (await lost(stage, side, acknowledged)).length === 0,
      );
    trips.goesOn();
  });
});

/** A rollback in whose course, after the source was closed and before it opens, the application logs in there. */
function loggedInMeanwhile(stage: Stage) {
  const { clients, source } = stage.pair;
  let early: Session | null = null;
  const openSession: OpenSession = async (login, options) => {
    if (options.name.endsWith('/reopening')) early ??= await clients.openSession(source, { name: 'application' });
    return await clients.openSession(login, options);
  };
  const during = async (): Promise<Session> => {
    if (early === null) throw new Error('the application did not log in meanwhile');
    return early;
  };
  return { during, clients: { ...clients, openSession } };
}
