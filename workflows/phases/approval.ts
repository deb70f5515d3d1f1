import type { ReadinessReport } from '../../model/report.ts';
import { askAtGate } from '../gate.ts';
import { stopped, type Migration } from '../migration.ts';
import { section } from '../step.ts';

/** Asks for the cutover. False: the report expired, which voids it but not the migration. */
export const approval = (m: Migration, report: ReadinessReport): Promise<boolean> =>
  section(m, 'approval', async () => {
    const end = await askAtGate(m, report);
    if (end !== 'rejected') return end === 'approved';
    const decision = m.progress.gate?.decision;
    const said = decision?.comment === undefined ? '' : `: ${decision.comment}`;
    throw stopped(m, { ending: 'rejected', reason: `${decision?.by ?? 'an approver'} rejected the cutover${said}` });
  });
