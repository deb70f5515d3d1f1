import type { Command } from 'commander';
import { action, type Cli } from '../cli.ts';
import type { Check } from '../doctor/check.ts';
import { programChecks } from '../doctor/program-checks.ts';
import { temporalChecks } from '../doctor/temporal-checks.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonDocument } from '../json-document.ts';
import { facts } from '../render/columns.ts';
import type { Look } from '../render/look.ts';
import { painter, type Words } from '../render/status-words.ts';
import { withTemporal } from '../temporal/connect.ts';

/** `daybreak doctor`: what runs need and whether it is there; exits 7 if something has to be mended first. */
export function addDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('whether everything a run needs is there, and what mends it')
    .option('--json', 'one JSON document')
    .action(
      action(cli, async ({ json }: { json?: true }) => {
        const { terminal, environment } = cli;
        const checks = [...(await withTemporal(temporalChecks)), ...(await programChecks(environment))];
        const look = terminal.look('result');
        terminal.result(json ? jsonDocument({ checks }) : checks.flatMap((check) => lines(check, look)));
        return checks.some(({ state }) => state === 'missing') ? EXIT.operator : EXIT.done;
      }),
    );
}

const WORDS: Readonly<Record<Check['state'], Words>> = {
  ok: { mark: '✔', word: 'ok', tone: 'good' },
  warning: { mark: '!', word: 'warning', tone: 'person' },
  missing: { mark: '✖', word: 'missing', tone: 'bad' },
};

function lines({ name, state, found, remedy }: Check, look: Look): string[] {
  const words = WORDS[state];
  const rows: [string, string][] = [['found', found]];
  if (remedy !== null) rows.push(['remedy', remedy]);
  return [painter(words, look)(`${words.mark} ${words.word}: ${name}`), ...facts(rows, look.width)];
}
