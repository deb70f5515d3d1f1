import type { Command } from 'commander';
import { GATE_REQUESTS } from '../../workflows/messages.ts';
import { namedActor } from '../actor.ts';
import { agreed } from '../ask.ts';
import { action, type Cli } from '../cli.ts';
import { openGate } from '../open-gate.ts';
import { gateScreen } from '../render/gate-screen.ts';
import { reportSent } from '../report-sent.ts';
import { leaveAsItIs } from '../leave-as-it-is.ts';
import { askAgain } from '../temporal/ask-again.ts';
import { withTemporal } from '../temporal/connect.ts';
import { findRun } from '../temporal/find-run.ts';
import { readRun } from '../temporal/read-run.ts';
import { sendRequest } from '../temporal/send-request.ts';

interface RejectOptions {
  readonly as?: string;
  readonly digest?: string;
  readonly comment?: string;
  readonly yes?: true;
  readonly json?: true;
}

/** `daybreak reject [ID]`: says no at the gate that waits. Saying no harms nothing, so without a terminal nobody is asked. */
export function addReject(program: Command, cli: Cli): void {
  program
    .command('reject')
    .description('says no at the gate that waits: the cutover’s undoes the run, the decommission’s keeps the source')
    .argument('[id]', 'the run')
    .option('--as <name>', 'who rejects; a claim (or DAYBREAK_ACTOR)')
    .option('--digest <digest>', 'reject this report only; default: the one that waits')
    .option('--comment <text>', 'why; kept in the history')
    .option('--yes', 'do not ask')
    .option('--json', 'one JSON document')
    .action(action(cli, async (id: string | undefined, options: RejectOptions) => await reject(cli, id, options)));
}

async function reject(cli: Cli, wanted: string | undefined, options: RejectOptions): Promise<number> {
  const approver = namedActor(cli, options.as);
  return await withTemporal(async (temporal) => {
    const id = await findRun(temporal, wanted);
    const asking = askAgain(cli);
    const gate = openGate(await readRun(temporal, id, asking));
    const what = `reject ${gate.name} by ${approver}`;
    if (cli.terminal.interactive && options.yes === undefined) {
      cli.terminal.say([...gateScreen(gate, cli.terminal.look('say')), '']);
      if (!(await agreed(cli, `Reject as ${approver}?`))) throw leaveAsItIs(what);
    }
    const comment = options.comment === undefined ? {} : { comment: options.comment };
    const sent = await sendRequest(temporal, { id, asking }, GATE_REQUESTS[gate.name].reject.update, {
      digest: options.digest ?? gate.digest,
      approver,
      ...comment,
    });
    return reportSent(cli, sent, { id, what, json: options.json === true });
  });
}
