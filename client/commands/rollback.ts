import type { Command } from 'commander';
import { rollback } from '../../workflows/messages.ts';
import { anyActor } from '../actor.ts';
import { agreed } from '../ask.ts';
import { action, type Cli } from '../cli.ts';
import { leaveAsItIs } from '../leave-as-it-is.ts';
import { rollbackScreen } from '../render/rollback-screen.ts';
import { reportSent } from '../report-sent.ts';
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
}

/** `daybreak rollback [ID]`: before the commit it undoes everything, after it goes back to the source. */
export function addRollback(program: Command, cli: Cli): void {
  const command = program
    .command('rollback')
    .description('before the target takes writes: undoes everything; after: goes back to the source')
    .argument('[id]', 'the run')
    .option('--accept-loss', 'go back though writes the target has taken are lost')
    .option('--yes', 'do not ask on a terminal');
  requestOptions(command).action(
    action(cli, async (id: string | undefined, options: RollbackOptions) => await goBack(cli, id, options)),
  );
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
