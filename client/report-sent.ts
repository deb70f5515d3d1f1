import type { Answer } from '../model/gate.ts';
import type { Cli } from './cli.ts';
import { complain } from './complaint.ts';
import { EXIT } from './exit-codes.ts';
import { jsonDocument } from './json-document.ts';
import type { Sent } from './temporal/send-request.ts';

/** Tells what became of a message. Refused: {@link EXIT.refused}; nobody knows, or nobody takes it: {@link EXIT.operator}. */
export function reportSent(cli: Cli, sent: Sent<Answer>, request: { id: string; what: string; json: boolean }): number {
  const { id, what, json } = request;
  const answer = answerOf(sent, request);
  if (!answer.accepted) throw refused(what, answer.reason);
  cli.terminal.result(json ? jsonDocument({ id, request: what, accepted: true }) : [`✔ accepted: ${what}`, `  ${id}`]);
  return EXIT.done;
}

/** What the run answered; throws in words for people where it gave no answer. */
export function answerOf<Given>(sent: Sent<Given>, { id, what }: { id: string; what: string }): Given {
  switch (sent.kind) {
    case 'answered':
      return sent.answer;
    case 'refused':
      throw refused(what, sent.reason);
    case 'ended':
      throw refused(what, `the run ${id} has ended`);
    case 'stuck':
      throw stuck(what, sent.why);
    case 'unknown':
      throw unknown(what, sent.why);
  }
}

export const refused = (what: string, reason: string): Error =>
  complain({
    what: `refused: ${what}`,
    found: reason,
    remedy: 'daybreak status shows how the run stands and what it takes now',
    ending: 'nothing changed',
    exitCode: EXIT.refused,
  });

const stuck = (what: string, why: string): Error =>
  complain({
    what: `the run takes no request now: ${what}`,
    found: why,
    wanted: 'a worker that carries the run on',
    remedy: 'daybreak doctor says whether one is up, and its log what stops it; then give the command again',
    ending: 'nothing changed',
    exitCode: EXIT.operator,
  });

const unknown = (what: string, why: string): Error =>
  complain({
    what: `unknown whether this was done: ${what}`,
    found: why,
    wanted: 'an answer of the run',
    remedy: 'the run may still do it: daybreak status lists every decision it took; only then give it again',
    ending: 'needs you',
    exitCode: EXIT.operator,
  });
