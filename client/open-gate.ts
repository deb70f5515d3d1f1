import type { Gate } from '../model/gate.ts';
import { complain } from './complaint.ts';
import { EXIT } from './exit-codes.ts';
import { STATUS_WORDS } from './render/status-words.ts';
import type { RunView } from './temporal/run-view.ts';

/** The gate that waits for a decision now; an error that says how the run stands, if none does. */
export function openGate({ id, progress, silence }: RunView): Gate {
  if (progress === null)
    throw complain({
      what: 'the run gives no answer, so its gate cannot be read',
      found: silence ?? 'nothing',
      remedy: 'start a worker: daybreak worker; then give the command again',
      ending: 'nothing changed',
      exitCode: EXIT.operator,
    });
  const { gate, status } = progress;
  if (gate !== null && gate.decision === null) return gate;
  throw complain({
    what: 'no gate is open: there is nothing to decide now',
    found: `${id}: ${STATUS_WORDS[status].word}${lastDecision(gate)}`,
    wanted: 'a run that waits for approval',
    remedy: 'daybreak watch shows when it does',
    ending: 'nothing changed',
    exitCode: EXIT.refused,
  });
}

const lastDecision = (gate: Gate | null): string =>
  gate?.decision === null || gate === null ? '' : `; ${gate.name} already ${gate.decision.kind} by ${gate.decision.by}`;
