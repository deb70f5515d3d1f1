import { duration } from '../model/plan-values.ts';
import type { Answer } from '../model/gate.ts';
import type { ExtendSoak } from './messages.ts';
import { set, type Migration } from './migration.ts';

const no = (reason: string): Answer => ({ accepted: false, reason });

/** Leaves the way back open for longer: counted from the end that was set, not from now. */
export function answerExtendSoak(m: Migration, { by }: ExtendSoak): Answer {
  const refused = refusal(m);
  if (refused !== null) return no(refused);
  endSoakAt(m, m.soakEndsMs + duration.parse(by));
  return { accepted: true };
}

/** The decommission is asked for at once; the way back stays open until that is approved. */
export function answerEndSoak(m: Migration): Answer {
  const refused = refusal(m);
  if (refused !== null) return no(refused);
  endSoakAt(m, Date.now());
  return { accepted: true };
}

function refusal({ stage, section, stop, progress }: Migration): string | null {
  if (stop !== null) return `it is being stopped already: ${stop.reason}`;
  if (stage === 'committed' && section === 'soak') return null;
  if (stage === 'committed') return 'the soak is over: the way back stays open until the decommission is approved';
  return `it does not soak: it is ${progress.status}`;
}

function endSoakAt(m: Migration, ms: number): void {
  m.soakEndsMs = ms;
  const { wayBack } = m.progress;
  if (wayBack !== null) set(m, { wayBack: { ...wayBack, until: new Date(ms).toISOString() } });
}
