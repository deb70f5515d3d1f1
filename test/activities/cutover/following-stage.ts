import { closeTarget } from '../../../activities/cutover/close-target.ts';
import { armReverse } from '../../../activities/replication/arm-reverse.ts';
import { dropReplication } from '../../../activities/replication/drop-replication.ts';
import { followSource } from '../../../activities/replication/follow-source.ts';
import { prepareReplication } from '../../../activities/replication/prepare-replication.ts';
import { verifyLive } from '../../../activities/verification/live/verify-live.ts';
import { replicationNames } from '../../../model/names.ts';
import { MIGRATION, openStage, type Application, type Stage } from './stage.ts';

/** The stage of strategy blue-green: the target follows the source, and the way back is armed. */
export async function openFollowingStage(major: '15' | '17', application?: Application): Promise<Stage> {
  const stage = await openStage(major, '60s', 'blue-green', application);
  const { clients, source, target } = stage.pair;
  const sides = { migration: MIGRATION, source, target };
  const follow = async (): Promise<void> => {
    await prepareReplication(clients, sides);
    // Both sides are empty: there is nothing to copy before the target follows.
    const { forward } = replicationNames(MIGRATION);
    await stage.ask('source', `SELECT pg_create_logical_replication_slot('${forward}', 'pgoutput')`);
    await closeTarget(clients)(sides);
    await followSource(clients, sides);
    await armReverse(clients, sides);
  };
  await follow();
  return {
    ...stage,
    reset: async () => {
      await dropReplication(clients, sides);
      await stage.reset();
      await follow();
    },
  };
}

/** As the workflow does it before a hand-over: behind the fence only what changed since is left. */
export async function compareAll(stage: Stage, direction: 'source-to-target' | 'target-to-source'): Promise<void> {
  const { clients, source, target } = stage.pair;
  const { differing } = await verifyLive(clients, { migration: MIGRATION, source, target, direction });
  if (differing.length > 0) throw new Error(`both sides differ in ${differing.join(', ')}; wanted them equal`);
}
