import type { Command } from 'commander';
import { STATUSES, type Status } from '../../model/progress.ts';
import { action, type Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonDocument } from '../json-document.ts';
import { facts } from '../render/columns.ts';
import type { Look } from '../render/look.ts';
import { moment } from '../render/moment.ts';
import { STATUS_WORDS } from '../render/status-words.ts';
import { withTemporal } from '../temporal/connect.ts';
import { listRuns, type RunEntry } from '../temporal/list-runs.ts';

const SHOWN = 50;

/** `daybreak list`: the runs this namespace still keeps, the newest first. */
export function addList(program: Command, cli: Cli): void {
  program
    .command('list')
    .description(`the newest ${SHOWN} runs`)
    .option('--active', 'only those that have not ended')
    .option('--json', 'one JSON document')
    .action(
      action(cli, async ({ json, active }: { json?: true; active?: true }) => {
        const { terminal } = cli;
        const runs = await withTemporal(async (temporal) => await listRuns(temporal, SHOWN, active === true));
        const look = terminal.look('result');
        if (json) terminal.result(jsonDocument({ runs }));
        else if (runs.length === 0)
          terminal.result(`no ${active ? 'active run' : 'run'} here; daybreak start PLAN begins one`);
        else terminal.result(runs.flatMap((run) => lines(run, look)));
        return EXIT.done;
      }),
    );
}

function lines({ id, run, execution, status, startedAt, endedAt }: RunEntry, look: Look): string[] {
  const rows: [string, string][] = [
    [
      'status',
      isStatus(status) ? `${STATUS_WORDS[status].mark} ${STATUS_WORDS[status].word}` : `Temporal: ${execution}`,
    ],
    ['started', moment(startedAt, look)],
  ];
  if (endedAt !== null) rows.push(['ended', moment(endedAt, look)]);
  return [look.paint.bold(id), ...facts([...rows, ['run', run]], look.width)];
}

const isStatus = (text: string | null): text is Status => STATUSES.some((status) => status === text);
