import { handOverWrites } from './hand-over.ts';
import { pushUndo, set, sides, under, type Migration } from './migration.ts';
import { call } from './policies.ts';
import { undoAll } from './saga.ts';
import { stepFailureOf } from './step-failure.ts';

/**
 * After the commit: gives the writes back to the source by moving forward, then reverts the switches and releases the source. The target is
 * kept, because it holds what it took meanwhile. False: the target kept the writes, and the soak goes on.
 */
export async function goBack(m: Migration): Promise<boolean> {
  const { plan } = m.input;
  const follows = plan.strategy === 'blue-green';
  const uncompared = follows && !m.acceptLoss ? await compareBackwards(m) : null;
  if (uncompared !== null) return staysForward(m, uncompared);
  m.stage = 'fenced';
  m.rollbacks += 1;
  const end = await under(m, 'cutting-over', () =>
    handOverWrites(m, {
      direction: 'target-to-source',
      handOver: `rollback:${m.run}:${m.rollbacks}`,
      expiresAt: null,
      label: `move the writes back to ${plan.source.instance}`,
    }),
  );
  m.stop = null;
  if (end.kind !== 'handed-over') return staysForward(m, end.failure.message);
  const { facts } = end;
  if (facts !== null) set(m, { handOvers: [...m.progress.handOvers, facts] });
  pushUndo(m, { kind: 'releaseSource' });
  if (follows) pushUndo(m, { kind: 'dropReplication' });
  for (const one of plan.switches) pushUndo(m, { kind: 'unstageSwitch', switch: one });
  for (const one of plan.switches) pushUndo(m, { kind: 'revertSwitch', switch: one });
  await undoAll(m);
  set(m, { wayBack: null, gate: null, reason: keptTarget(plan.target.cluster, facts?.writesLost ?? null) });
  return true;
}

function staysForward(m: Migration, why: string): false {
  m.stop = null;
  m.stage = 'committed';
  set(m, { status: 'soaking', reason: `the target kept the writes: ${why}` });
  return false;
}

/** Every row is compared before the fence, so that behind it only what changed since is left. Answers why it could not be, or null. */
async function compareBackwards(m: Migration): Promise<string | null> {
  const { instance } = m.input.plan.source;
  try {
    const { differences, differing } = await call(
      'verifyLive',
      `compare every row with ${instance} before going back`,
      {
        ...sides(m),
        direction: 'target-to-source',
      },
    );
    return differences === 0 ? null : `${differences} tables differ from ${instance}: ${differing.join(', ')}`;
  } catch (error) {
    return stepFailureOf(error).message;
  }
}

const keptTarget = (cluster: string, writes: number | null): string =>
  writes === 0
    ? `the source has the writes, all of them; ${cluster} is kept, and takes none any more`
    : `the source has the writes; ${cluster} is kept, since it holds ${writes === null ? 'an unknown number of' : String(writes)} writes the source never saw`;
