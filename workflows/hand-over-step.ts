import type { SectionName } from '../model/phase.ts';
import { putStep } from '../model/steps.ts';
import { handOverWrites, type HandOverEnd, type HandOverOrder } from './hand-over.ts';
import { change, now, type Migration } from './migration.ts';

/** Hands the writes over as a step of the timeline: how long they stood still, or why they stayed, is its detail. */
export async function handOverStep(m: Migration, section: SectionName, order: HandOverOrder): Promise<HandOverEnd> {
  const name = order.direction === 'source-to-target' ? 'cutOver' : 'rollBack';
  const startedAt = now();
  const put = (status: 'running' | 'done' | 'failed', detail: string | null): void => {
    const endedAt = status === 'running' ? null : now();
    change(m, (progress) =>
      putStep(progress, section, { name, label: order.label, status, startedAt, endedAt, detail }),
    );
  };
  put('running', null);
  const end = await handOverWrites(m, order);
  if (end.kind === 'handed-over')
    put('done', end.facts === null ? null : `writes stood still for ${end.facts.closedMs} ms`);
  else put('failed', end.failure.message);
  return end;
}
