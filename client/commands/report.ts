import type { Command } from 'commander';
import type { Progress } from '../../model/progress.ts';
import { action, type Cli } from '../cli.ts';
import { complain } from '../complaint.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonDocument } from '../json-document.ts';
import { readEvidence } from '../read-evidence.ts';
import { gateScreen } from '../render/gate-screen.ts';
import type { Look } from '../render/look.ts';
import { outcomeScreen } from '../render/outcome-screen.ts';
import { withTemporal } from '../temporal/connect.ts';
import { isEnding } from '../temporal/ending.ts';
import { findRun } from '../temporal/find-run.ts';
import { readRun } from '../temporal/read-run.ts';
import type { RunView } from '../temporal/run-view.ts';

interface ReportOptions {
  readonly evidence?: true;
  readonly json?: true;
}

/** `daybreak report [ID]`: what the gate asks to approve, or what came of the run; `--evidence` prints what is kept of it. */
export function addReport(program: Command, cli: Cli): void {
  program
    .command('report')
    .description('the report of the gate, or what came of a run that ended')
    .argument('[id]', 'the run')
    .option('--evidence', 'what the evidence store keeps of the run, as JSON; only where, if that cannot be read here')
    .option('--json', 'one JSON document')
    .action(
      action(cli, async (id: string | undefined, { evidence, json }: ReportOptions) => {
        const view = await withTemporal(async (temporal) => await readRun(temporal, await findRun(temporal, id)));
        const progress = progressOf(view);
        const { terminal } = cli;
        if (json) terminal.result(jsonDocument(documentOf(view.id, progress)));
        else if (evidence) await showEvidence(cli, progress);
        else terminal.result(screen(progress, terminal.look('result')));
        return EXIT.done;
      }),
    );
}

const documentOf = (id: string, { gate, evidence, status, ...rest }: Progress): object => ({
  id,
  status,
  evidence,
  digest: gate?.digest ?? null,
  report: gate?.report ?? null,
  decision: gate?.decision ?? null,
  outcome: isEnding(status) ? rest : null,
});

function screen(progress: Progress, look: Look): string[] {
  if (isEnding(progress.status)) return outcomeScreen(progress, look);
  if (progress.gate !== null) return gateScreen(progress.gate, look);
  throw none('no report has been made yet', progress.status);
}

async function showEvidence({ terminal }: Cli, progress: Progress): Promise<void> {
  const { evidence: location, status } = progress;
  if (location === null) throw none('no report has been kept yet', status);
  const documents = await readEvidence(location, progress);
  if (documents !== null) return terminal.result(jsonDocument({ location, documents }));
  terminal.say('! this machine cannot read there: the worker keeps it');
  terminal.result(location);
}

const none = (what: string, status: string): Error =>
  complain({
    what,
    found: status,
    wanted: 'a run at its gate, or after it',
    remedy: 'daybreak watch shows when it is made',
    ending: 'nothing changed',
    exitCode: EXIT.refused,
  });

function progressOf({ progress, silence }: RunView): Progress {
  if (progress !== null) return progress;
  throw complain({
    what: 'the run gives no answer, so its report cannot be read here',
    found: silence ?? 'nothing',
    remedy: 'start a worker: daybreak worker; reports are also kept in the evidence store of the worker',
    ending: 'nothing changed',
    exitCode: EXIT.operator,
  });
}
