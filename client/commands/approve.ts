import type { Command } from 'commander';
import { typedName } from '../ask.ts';
import { namedActor } from '../actor.ts';
import { action, type Cli } from '../cli.ts';
import { openGate } from '../open-gate.ts';
import { gateScreen } from '../render/gate-screen.ts';
import { reportSent } from '../report-sent.ts';
import { askAgain } from '../temporal/ask-again.ts';
import { withTemporal } from '../temporal/connect.ts';
import { findRun } from '../temporal/find-run.ts';
import { readRun } from '../temporal/read-run.ts';
import { sendRequest } from '../temporal/send-request.ts';
import { GATE_REQUESTS } from '../../workflows/messages.ts';

interface ApproveOptions {
  readonly as?: string;
  readonly digest?: string;
  readonly comment?: string;
  readonly yes?: true;
  readonly json?: true;
}

/** `daybreak approve [ID]`: opens the gate that waits, for the report that was shown and no other. */
export function addApprove(program: Command, cli: Cli): void {
  program
    .command('approve')
    .description('opens the gate that waits: source-reboot, cutover or decommission')
    .argument('[id]', 'the run')
    .option('--as <name>', 'who approves; a claim (or DAYBREAK_ACTOR)')
    .option('--digest <digest>', 'approve this report only; default: the one that is shown')
    .option('--comment <text>', 'kept in the history')
    .option('--yes', 'do not ask for the source’s name')
    .option('--json', 'one JSON document')
    .action(action(cli, async (id: string | undefined, options: ApproveOptions) => await approve(cli, id, options)));
}

async function approve(cli: Cli, wanted: string | undefined, options: ApproveOptions): Promise<number> {
  const approver = namedActor(cli, options.as);
  return await withTemporal(async (temporal) => {
    const id = await findRun(temporal, wanted);
    const asking = askAgain(cli);
    const gate = openGate(await readRun(temporal, id, asking));
    const { terminal } = cli;
    terminal.say([...gateScreen(gate, terminal.look('say')), '']);
    const { name: source } = gate.report.from;
    if (options.yes === undefined) await typedName(cli, `Type ${source} to approve as ${approver}:`, source);
    const approval = { digest: options.digest ?? gate.digest, approver, ...commentOf(options) };
    const sent = await sendRequest(temporal, { id, asking }, GATE_REQUESTS[gate.name].approve.update, approval);
    return reportSent(cli, sent, { id, what: `approve ${gate.name} by ${approver}`, json: options.json === true });
  });
}

const commentOf = ({ comment }: ApproveOptions): { comment?: string } => (comment === undefined ? {} : { comment });
