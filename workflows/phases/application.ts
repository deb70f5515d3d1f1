import type { ReadinessReport } from '../../model/report.ts';
import { sides, type Migration } from '../migration.ts';
import { section, step } from '../step.ts';

export type StagedSwitch = ReadinessReport['switches'][number];

/** Writes the new address where it changes nothing yet. */
export const application = (m: Migration): Promise<readonly StagedSwitch[]> =>
  section(m, 'application', async () => {
    const staged: StagedSwitch[] = [];
    for (const one of m.input.plan.switches) {
      const { change } = await step(
        m,
        'stageSwitch',
        `stage switch ${one.name}`,
        { ...sides(m), switch: one },
        { undo: { kind: 'unstageSwitch', switch: one } },
      );
      staged.push({ name: one.name, kind: one.kind, change });
    }
    return staged;
  });
