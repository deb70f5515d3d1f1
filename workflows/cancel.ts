import type { CancellationScope } from '@temporalio/workflow';
import { askToStop, record, type Migration, type Stage } from './migration.ts';

/**
 * A cancel is delivered once and can never be repeated, so it is kept as one more request: read at once where the run can be undone, after the
 * fenced section where it cannot yet, and recorded without effect from the commit on.
 */
export function listenForCancel(m: Migration, root: CancellationScope): void {
  root.cancelRequested.catch(() => {
    const refused = REFUSED[m.stage];
    record(m, {
      message: 'cancel',
      by: 'temporal',
      accepted: refused === null,
      reason: refused ?? (m.stage === 'fenced' ? 'it is read after the fenced section' : null),
      comment: null,
    });
    if (refused === null) askToStop(m, { ending: 'cancelled', reason: 'cancelled, so everything was undone' });
  });
}

/** It came while writes were moved and was kept until their end; the target has them, and only a rollback helps now. */
export function dropLateCancel(m: Migration): void {
  if (m.stop === null) return;
  record(m, {
    message: 'cancel',
    by: 'temporal',
    accepted: false,
    reason: 'the target had the writes when the cancel was read: it changed nothing; use rollback',
    comment: null,
  });
  m.stop = null;
}

const REFUSED: Record<Stage, string | null> = {
  forward: null,
  fenced: null,
  committed: 'the target has the writes: a cancel changes nothing; use rollback',
  retiring: 'the way back is closed: a cancel changes nothing',
  undoing: 'it is being undone already',
  ended: 'it has ended already',
};
