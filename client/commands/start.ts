import { type Command, Option } from 'commander';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { migrationId, TASK_QUEUES } from '../../model/names.ts';
import { MIGRATE_WORKFLOW, type MigrateInput } from '../../workflows/messages.ts';
import { anyActor } from '../actor.ts';
import { alreadyRuns } from '../already-runs.ts';
import { action, type Cli } from '../cli.ts';
import { demandApprover } from '../demand-approver.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonDocument } from '../json-document.ts';
import { readPlan } from '../read-plan.ts';
import { afterStart } from '../render/after-start.ts';
import { withTemporal, type Temporal } from '../temporal/connect.ts';
import { pollersOf } from '../temporal/pollers.ts';
import { missingSearchAttributes } from '../temporal/search-attributes.ts';
import { follow, type FollowOptions } from '../watch/follow.ts';
import { followOptions } from './watch.ts';

interface StartOptions extends FollowOptions {
  readonly operator?: string;
  readonly detach?: true;
  readonly watch?: true;
}

/** `daybreak start PLAN`: hands a plan to Temporal; on a terminal it goes on watching. */
export function addStart(program: Command, cli: Cli): void {
  const command = program
    .command('start')
    .description('starts the migration a plan describes')
    .argument('<plan>', 'the YAML file; - reads it from stdin')
    .option('--operator <name>', 'who starts it; a claim (default: DAYBREAK_ACTOR, else the account’s name)')
    .addOption(new Option('--detach', 'return at once (default without a terminal)').conflicts('watch'))
    .addOption(new Option('--watch', 'go on as daybreak watch (default on a terminal)'));
  followOptions(command).action(
    action(cli, async (file: string, options: StartOptions) => {
      const plan = await readPlan(cli, file);
      const operator = anyActor(cli, options.operator);
      demandApprover(plan, operator);
      return await withTemporal(async (temporal) => await start(cli, temporal, { plan, operator }, options));
    }),
  );
}

async function start(
  cli: Cli,
  temporal: Temporal,
  { plan, operator }: Pick<MigrateInput, 'plan' | 'operator'>,
  options: StartOptions,
): Promise<number> {
  const id = migrationId(plan);
  const { terminal } = cli;
  const missing = await missingSearchAttributes(temporal);
  const run = await handOver(temporal, { plan, operator, searchAttributes: missing.length === 0 });
  const watches = options.watch ?? (options.detach === undefined && terminal.live && options.json === undefined);
  const text = afterStart(plan, { id, operator }, terminal.look(watches ? 'say' : 'result'));
  if (options.json) terminal.result(watches ? [] : jsonDocument({ id, run, operator }));
  else if (watches) terminal.say(text);
  else terminal.result(text);
  terminal.say(await warnings(temporal, missing));
  return watches ? await follow(cli, temporal, id, options) : EXIT.done;
}

/** Starts the workflow and answers with its run id; a second start of a run that goes on is refused. */
async function handOver(temporal: Temporal, input: MigrateInput): Promise<string> {
  const { source, target, strategy } = input.plan;
  const workflowId = migrationId(input.plan);
  try {
    const handle = await temporal.within(() =>
      temporal.client.workflow.start(MIGRATE_WORKFLOW, {
        workflowId,
        taskQueue: TASK_QUEUES.main,
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${source.instance} → ${target.cluster}, ${strategy}`,
      }),
    );
    return handle.firstExecutionRunId;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw await alreadyRuns(temporal, workflowId);
  }
}

async function warnings(temporal: Temporal, missing: readonly string[]): Promise<string[]> {
  const workers = await pollersOf(temporal, TASK_QUEUES.main, 'workflow');
  return [
    ...(workers.length > 0 ? [] : ['! no worker is up: the run waits until one is (daybreak worker)']),
    ...(missing.length === 0
      ? []
      : [`! this namespace lacks ${missing.join(', ')}: the run does without (daybreak doctor)`]),
  ];
}
