import { workflowInfo } from '@temporalio/workflow';
import { digestOf } from '../model/digest.ts';
import type { Report } from '../model/report.ts';
import { verdictIsVoid } from './feed-watch.ts';
import { note, set, under, type Migration } from './migration.ts';
import { step } from './step.ts';
import { waitForPerson } from './waiting.ts';

/** `expired`, also before its time: what the report says is not so any more. */
export type GateEnd = 'approved' | 'rejected' | 'expired';

/**
 * Reminders, as parts of the time a report can be approved; at the last it expires. A report that takes the place of an expired one is a
 * reminder itself: more of them, every few hours for a week, would fill the history.
 */
const REMINDERS = [0.25, 0.5, 0.75, 1];
const remindersOf = ({ round }: Report): readonly number[] => (round === 1 ? REMINDERS : [1]);

/**
 * Publishes the report; whoever approves, approves what lies in the evidence store under this digest. Answers the report as history
 * holds it: a digest that a replay computed from its own clock could differ from the one people were shown. Only the run is this one's:
 * a run that was reset finds the report of the run before in its history, and perhaps its approval, which must open nothing.
 */
export async function publish<OneReport extends Report>(m: Migration, draft: OneReport): Promise<OneReport> {
  const { runId } = workflowInfo();
  const own = { ...draft, run: runId };
  const input = { digest: digestOf(own), report: own };
  const { location, report } = await step(m, 'publishReport', `publish the ${draft.gate} report`, input);
  set(m, { evidence: location });
  // The activity answers what it was given.
  return { ...(report as OneReport), run: runId };
}

/** Opens the gate on a published report and waits for a person. The digest covers run, gate and round: no older signal passes. */
export async function askAtGate(m: Migration, report: Report): Promise<GateEnd> {
  note(m, (progress) => ({
    ...progress,
    gate: { name: report.gate, report, digest: digestOf(report), decision: null },
    reason: null,
  }));
  const decided = await under(m, 'waiting-for-approval', () => decidedInTime(m, report)).catch((stop: unknown) => {
    set(m, { gate: null });
    throw stop;
  });
  const kind = m.progress.gate?.decision?.kind;
  if (decided && kind !== undefined) return kind;
  const why = decided ? `is void: ${verdictIsVoid(m)}` : `expired at ${report.expiresAt}`;
  const reason = `the ${report.gate} report of round ${report.round} ${why}`;
  note(m, (progress) => ({ ...progress, gate: null, reason }));
  return 'expired';
}

/** True also where there is nothing left to decide. */
async function decidedInTime(m: Migration, report: Report): Promise<boolean> {
  const createdMs = Date.parse(report.createdAt);
  const expiresMs = Date.parse(report.expiresAt);
  const what = `approval of the ${report.gate}`;
  for (const [passed, part] of remindersOf(report).entries()) {
    const until = createdMs + (expiresMs - createdMs) * part;
    const wait = { what: passed === 0 ? what : `${what}, reminder ${passed} of 3`, until, shownUntil: expiresMs };
    const over = (): boolean => m.progress.gate?.decision !== null || verdictIsVoid(m) !== null;
    if (await waitForPerson(m, wait, over)) return true;
    if (part < 1)
      set(m, {
        reason: `reminder ${passed + 1} of 3: the ${report.gate} report waits and expires at ${report.expiresAt}`,
      });
  }
  return false;
}
