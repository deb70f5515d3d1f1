import { Client, Connection } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { Answer } from '../../model/gate.ts';
import { migrationId, TASK_QUEUES } from '../../model/names.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import type { HandOverFacts, Progress, Status } from '../../model/progress.ts';
import { approveCutover, MIGRATE_WORKFLOW, progressQuery, resume, rollback } from '../../workflows/messages.ts';
import { until } from '../../test/until.ts';
import { APPROVER, OPERATOR } from './plan.ts';

/** A migration as operator and approver drive it; without the command line, whose start costs a busy machine a second each time. */
export interface Migration extends AsyncDisposable {
  /** The whole way to the gate: the first time by the copy, after {@link goBack} by another try. */
  toTheGate(): Promise<void>;
  /** Approves, and waits until the target has the writes. */
  cutOver(): Promise<HandOverFacts>;
  goBack(): Promise<HandOverFacts>;
}

const LOOK_MS = 500;
/** Gigabytes are copied and compared on the way. */
const LONG_MS = 60 * 60_000;
const HAND_OVER_MS = 5 * 60_000;

export async function openMigration(address: string, plan: MigrationPlan): Promise<Migration> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const id = migrationId(plan);
  const look = (): Promise<Progress> => workflow.getHandle(id).query(progressQuery);
  const ask = async <Payload>(update: UpdateDefinition<Answer, [Payload]>, payload: Payload): Promise<void> => {
    const answer = await workflow.getHandle(id).executeUpdate(update, { args: [payload] });
    if (!answer.accepted) throw new Error(`refused: ${answer.reason}`);
  };
  const reaches = async (wanted: Status, limitMs: number, isStuck = stands): Promise<Progress> => {
    const now = await until(
      `the migration is ${wanted}`,
      async () => {
        const seen = await look();
        return (seen.status === wanted || isStuck(seen)) && seen;
      },
      { limitMs, lookMs: LOOK_MS },
    );
    if (now.status !== wanted)
      throw new Error(
        `the migration is ${now.status}; wanted ${wanted}: ${now.held?.message ?? now.reason ?? 'it gives no reason'}`,
      );
    return now;
  };
  let started = false;
  const begin = async (): Promise<void> => {
    if (started) return await ask(resume.update, { actor: OPERATOR });
    started = true;
    const args = [{ plan, operator: OPERATOR, searchAttributes: true }];
    await workflow.start(MIGRATE_WORKFLOW, { workflowId: id, taskQueue: TASK_QUEUES.main, args });
  };
  return {
    toTheGate: async () => {
      await begin();
      await reaches('waiting-for-approval', LONG_MS);
    },
    cutOver: async () => {
      const digest = (await look()).gate?.digest ?? '';
      await ask(approveCutover.update, { digest, approver: APPROVER });
      // A cutover that was not begun asks again, with another report.
      const asksAgain = (now: Progress): boolean => now.gate?.decision === null && now.gate.digest !== digest;
      return lastOf(await reaches('soaking', HAND_OVER_MS, (now) => stands(now) || asksAgain(now)));
    },
    goBack: async () => {
      await ask(rollback.update, { actor: OPERATOR });
      const stays = (now: Progress): boolean => now.reason?.startsWith('the target kept the writes') === true;
      return lastOf(await reaches('returned', LONG_MS, (now) => stands(now) || stays(now)));
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** Nobody is there to answer, or there is nothing left to ask. */
const STUCK: ReadonlySet<Status> = new Set([
  'held',
  'rollback-blocked',
  'paused',
  'refused',
  'abandoned',
  'cancelled',
  'undone',
  'given-back',
  'rolled-back',
  'done',
]);
const stands = ({ status }: Progress): boolean => STUCK.has(status);

function lastOf({ handOvers, reason }: Progress): HandOverFacts {
  const last = handOvers.at(-1);
  if (last === undefined) throw new Error(`no hand-over was made: ${reason}`);
  return last;
}
