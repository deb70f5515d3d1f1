import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { z } from 'zod';
import { decide, type Answer, type Approval } from '../model/gate.ts';
import type { GateName } from '../model/report.ts';
import * as messages from './messages.ts';
import { now, record, set, type Migration } from './migration.ts';
import * as schemas from './request-schemas.ts';
import { answerRollback, previewRollback } from './rollback-request.ts';
import { answerEndSoak, answerExtendSoak } from './soak-requests.ts';
import { mayPause } from './waiting.ts';

interface Definition<Payload> {
  readonly signal: SignalDefinition<[Payload]>;
  readonly update: UpdateDefinition<Answer, [Payload]>;
}

/** Who sent a request and why, for the audit trail. */
interface Sender {
  readonly by: string;
  readonly comment: string | null;
}

interface Handling<Payload> {
  readonly schema: z.ZodType<Payload>;
  readonly description: string;
  readonly sender: (payload: Payload) => Sender;
  readonly answer: (payload: Payload) => Answer | Promise<Answer>;
}

/** Answers every request. Runs before the first await of the workflow, so that no early message is lost. */
export function answerRequests(m: Migration): void {
  setHandler(messages.progressQuery, () => m.progress, { description: 'How the migration stands.' });
  for (const name of GATES) answerGate(m, name, messages.GATE_REQUESTS[name]);
  handle(m, messages.hold, {
    schema: schemas.holdAnswer,
    description: 'Answers a held step or a blocked undo: retry, undo, skip or done. Input: { actor, answer, reason? }.',
    sender: byActor,
    answer: (payload) => answerHold(m, payload),
  });
  handle(m, messages.pause, {
    schema: schemas.plainRequest,
    description: 'Stops before the next step, and a copy of the live database where it is. Input: { actor, reason? }.',
    sender: byActor,
    answer: (payload) => answerPause(m, payload),
  });
  handle(m, messages.resume, {
    schema: schemas.plainRequest,
    description:
      'Goes on after a pause; after a rollback that kept the target: makes a new report. Input: { actor, reason? }.',
    sender: byActor,
    answer: () => answerResume(m),
  });
  handle(m, messages.rollback, {
    schema: schemas.rollbackRequest,
    description: 'Undoes before the commit; afterwards moves the writes back. Input: { actor, reason?, acceptLoss? }.',
    sender: byActor,
    answer: (payload) => answerRollback(m, payload),
  });
  setHandler(messages.previewRollback, () => previewRollback(m), {
    description: 'Says what a rollback would do and cost now; decides nothing. Input: { actor }.',
  });
  answerSoak(m);
}

function answerSoak(m: Migration): void {
  handle(m, messages.extendSoak, {
    schema: schemas.extendSoak,
    description: 'Leaves the way back open for longer. Input: { actor, by: "12h", reason? }.',
    sender: byActor,
    answer: (payload) => answerExtendSoak(m, payload),
  });
  handle(m, messages.endSoak, {
    schema: schemas.plainRequest,
    description: 'Ends the soak and asks for the decommission. Input: { actor, reason? }.',
    sender: byActor,
    answer: () => answerEndSoak(m),
  });
}

const byActor = ({ actor, reason }: messages.Request): Sender => ({ by: actor, comment: reason ?? null });
const no = (reason: string): Answer => ({ accepted: false, reason });

/**
 * Registers signal and update of one name. Only the malformed is refused by a validator, without a trace; every other refusal is an answer
 * that progress and history keep. A malformed signal has no validator: it is recorded.
 */
function handle<Payload>(m: Migration, { signal, update }: Definition<Payload>, handling: Handling<Payload>): void {
  const { schema, description, sender, answer } = handling;
  const answerAndRecord = async (payload: Payload): Promise<Answer> => {
    const given = await answer(payload);
    const reason = given.accepted ? null : given.reason;
    record(m, { message: update.name, accepted: given.accepted, reason, ...sender(payload) });
    return given;
  };
  setHandler(update, answerAndRecord, {
    description,
    validator: (payload) => {
      const parsed = schema.safeParse(payload);
      if (!parsed.success)
        throw ApplicationFailure.nonRetryable(
          `malformed ${update.name}: ${schemas.faultsIn(parsed.error)}`,
          'Malformed',
        );
    },
  });
  const onSignal = async (payload: Payload): Promise<void> => {
    const parsed = schema.safeParse(payload);
    if (parsed.success) await answerAndRecord(parsed.data);
    else {
      const reason = `malformed: ${schemas.faultsIn(parsed.error)}`;
      record(m, { message: signal.name, by: 'unknown', accepted: false, reason, comment: null });
    }
  };
  setHandler(signal, onSignal, { description });
}

const GATES: readonly GateName[] = ['source-reboot', 'cutover', 'decommission'];

function answerGate(
  m: Migration,
  name: GateName,
  { approve, reject }: Record<'approve' | 'reject', Definition<Approval>>,
): void {
  const decisions = [
    ['approved', approve, `Approves the open ${name} gate`],
    ['rejected', reject, `Rejects the open ${name} gate`],
  ] as const;
  for (const [kind, definition, what] of decisions)
    handle(m, definition, {
      schema: schemas.approval,
      description: `${what}. Input: { digest, approver, comment? }; the name is a claim.`,
      sender: ({ approver, comment }) => ({ by: approver, comment: comment ?? null }),
      answer: (payload) => answerGateWith(m, name, kind, payload),
    });
}

function answerGateWith(m: Migration, name: GateName, kind: 'approved' | 'rejected', message: Approval): Answer {
  const { gate } = m.progress;
  if (m.stop !== null) return no(`the run is leaving its way: ${m.stop.reason}`);
  const answer = decide(gate, name, message, Date.now());
  if (!answer.accepted || gate === null) return answer;
  const { approver, comment } = message;
  const decision = { kind, by: approver, at: now(), ...(comment === undefined ? {} : { comment }) };
  set(m, { gate: { ...gate, decision } });
  return answer;
}

function answerHold(m: Migration, payload: messages.HoldAnswer): Answer {
  const { held } = m.progress;
  if (held === null) return no('nothing is held: there is nothing to answer');
  if (m.holdAnswer !== null) return no(`${m.holdAnswer.actor} has answered already: ${m.holdAnswer.answer}`);
  if (!held.answers.includes(payload.answer))
    return no(`${payload.answer} does not answer the hold at ${held.step}: wanted one of ${held.answers.join(', ')}`);
  const needsReason = payload.answer === 'skip' || payload.answer === 'done';
  if (needsReason && (payload.reason ?? '').trim() === '') return no(`${payload.answer} needs a reason`);
  m.holdAnswer = payload;
  return { accepted: true };
}

function answerPause(m: Migration, { actor }: messages.Request): Answer {
  if (!mayPause(m)) return no(`it cannot pause while it is ${m.progress.status}`);
  if (m.pausedBy !== null) return no(`${m.pausedBy} has paused it already`);
  m.pausedBy = actor;
  const when = m.park === null ? 'it takes effect before the next step' : 'what runs stops where it is';
  set(m, { reason: `${actor} asked for a pause: ${when}` });
  m.park?.();
  return { accepted: true };
}

function answerResume(m: Migration): Answer {
  if (m.pausedBy === null && !m.returned) return no('it is not paused');
  // A pause is ended for itself: nobody who ends one has asked for another cutover.
  if (m.pausedBy === null) m.returned = false;
  m.pausedBy = null;
  set(m, { reason: null });
  return { accepted: true };
}
