import { handOverWrites } from './hand-over.ts';
import { pushUndo, set, under, type Migration } from './migration.ts';
import { undoAll } from './saga.ts';

/**
 * After the commit: gives the writes back to the source by moving forward, then reverts the switches and releases the source. The target is
 * kept, because it holds what it took meanwhile. False: the target kept the writes, and the soak goes on.
 */
export async function goBack(m: Migration): Promise<boolean> {
  const { plan } = m.input;
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
  if (end.kind !== 'handed-over') {
    m.stage = 'committed';
    set(m, { status: 'soaking', reason: `the target kept the writes: ${end.failure.message}` });
    return false;
  }
  const { facts } = end;
  if (facts !== null) set(m, { handOvers: [...m.progress.handOvers, facts] });
  pushUndo(m, { kind: 'releaseSource' });
  for (const one of plan.switches) pushUndo(m, { kind: 'unstageSwitch', switch: one });
  for (const one of plan.switches) pushUndo(m, { kind: 'revertSwitch', switch: one });
  await undoAll(m);
  set(m, { wayBack: null, gate: null, reason: keptTarget(plan.target.cluster, facts?.writesLost ?? null) });
  return true;
}

const keptTarget = (cluster: string, writes: number | null): string =>
  `the source has the writes; ${cluster} is kept, since it holds ${writes === null ? 'an unknown number of' : String(writes)} writes the source never saw`;
