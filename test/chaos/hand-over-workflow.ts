import type { Login } from '../../activities/contract.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import { handOverWrites, type HandOverEnd } from '../../workflows/hand-over.ts';
import { newMigration } from '../../workflows/migration.ts';
import type { Direction } from './cell.ts';

export interface HandOverInput {
  readonly plan: MigrationPlan;
  readonly source: Login;
  readonly target: Login;
  readonly direction: Direction;
  readonly handOver: string;
}

/** A migration that goes straight to its hand-over: the decisions and the activities are the product's own. */
export async function handOverWorkflow({ plan, source, target, ...order }: HandOverInput): Promise<HandOverEnd> {
  const m = newMigration({ plan, operator: 'chaos', searchAttributes: false });
  m.source = source;
  m.target = target;
  return await handOverWrites(m, { ...order, expiresAt: null, label: order.handOver });
}
