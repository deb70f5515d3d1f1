import type { Command } from 'commander';
import { action, type Cli } from '../cli.ts';
import { jsonDocument } from '../json-document.ts';
import { progressScreen } from '../render/progress-screen.ts';
import { withTemporal } from '../temporal/connect.ts';
import { exitCodeOfView } from '../temporal/exit-code-of-view.ts';
import { findRun } from '../temporal/find-run.ts';
import { readRun } from '../temporal/read-run.ts';

/** `daybreak status [ID]`: how a run stands now; exits with the code of that. */
export function addStatus(program: Command, cli: Cli): void {
  program
    .command('status')
    .description('how a run stands now; the exit code says it too')
    .argument('[id]', 'the run')
    .option('--json', 'one JSON document')
    .action(
      action(cli, async (id: string | undefined, { json }: { json?: true }) => {
        const view = await withTemporal(async (temporal) => await readRun(temporal, await findRun(temporal, id)));
        const exitCode = exitCodeOfView(view);
        const { terminal } = cli;
        terminal.result(json ? jsonDocument({ ...view, exitCode }) : progressScreen(view, terminal.look('result')));
        return exitCode;
      }),
    );
}
