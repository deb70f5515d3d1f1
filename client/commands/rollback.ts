import type { Command } from 'commander';
import { previewRollback, rollback } from '../../workflows/messages.ts';
import { anyActor } from '../actor.ts';
import { agreed } from '../ask.ts';
import { action, type Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonDocument } from '../json-document.ts';
import { leaveAsItIs } from '../leave-as-it-is.ts';
import { rollbackPreview } from '../render/rollback-preview.ts';
import { rollbackScreen } from '../render/rollback-screen.ts';
import { answerOf, refused, reportSent } from '../report-sent.ts';
import { requestOptions } from '../request-options.ts';
import { reasonOf, type RequestOptions } from '../send.ts';
import { askAgain } from '../temporal/ask-again.ts';
import { withTemporal } from '../temporal/connect.ts';
import { findRun } from '../temporal/find-run.ts';
import { readRun } from '../temporal/read-run.ts';
import { sendRequest } from '../temporal/send-request.ts';

interface RollbackOptions extends RequestOptions {
  readonly acceptLoss?: true;
  readonly yes?: true;
  readonly dryRun?: true;
}

/** `daybreak rollback [ID]`: before the commit it undoes everything, after it goes back to the source. */
export function addRollback(program: Command, cli: Cli): void {
  const command = program
    .command('rollback')
    .description('before the target takes writes: undoes everything; after: goes back to the source')
    .argument('[id]', 'the run')
    .option('--accept-loss', 'go back though writes the target has taken are lost')
    .option('--dry-run', 'say what going back would do and cost now, and change nothing')
    .option('--yes', 'do not ask on a terminal');
  requestOptions(command).action(
    action(
      cli,
      async (id: string | undefined, options: RollbackOptions) =>
        await (options.dryRun === undefined ? goBack(cli, id, options) : lookBack(cli, id, options)),
    ),
  );
}

/** The run looks at both sides: what it answers is so now, and was decided by nobody. */
async function lookBack(cli: Cli, wanted: string | undefined, options: RollbackOptions): Promise<number> {
  const actor = anyActor(cli, options.as);
  const what = 'rollback --dry-run';
  return await withTemporal(async (temporal) => {
    const id = await findRun(temporal, wanted);
    const sent = await sendRequest(temporal, { id, asking: askAgain(cli) }, previewRollback, { actor });
    const preview = answerOf(sent, { id, what });
    if (preview.kind === 'refused') throw refused(what, preview.reason);
    const { terminal } = cli;
    terminal.result(options.json ? jsonDocument({ id, preview }) : rollbackPreview(preview, terminal.look('result')));
    return EXIT.done;
  });
}

async function goBack(cli: Cli, wanted: string | undefined, options: RollbackOptions): Promise<number> {
  const actor = anyActor(cli, options.as);
  const what = `rollback by ${actor}`;
  return await withTemporal(async (temporal) => {
    const id = await findRun(temporal, wanted);
    const asking = askAgain(cli);
    const { progress } = await readRun(temporal, id, asking);
    if (progress !== null) cli.terminal.say(rollbackScreen(progress, cli.terminal.look('say')));
    if (cli.terminal.interactive && options.yes === undefined && !(await agreed(cli, 'Go back?')))
      throw leaveAsItIs(what);
    const acceptLoss = options.acceptLoss === undefined ? {} : { acceptLoss: true };
    const sent = await sendRequest(temporal, { id, asking }, rollback.update, {
      actor,
      ...acceptLoss,
      ...reasonOf(options),
    });
    return reportSent(cli, sent, { id, what, json: options.json === true });
  });
}
