import { CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { ComplaintError, type Complaint } from './complaint.ts';
import { readEnvironment } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { jsonDocument } from './json-document.ts';
import { buildProgram } from './program.ts';
import { complaintLines } from './render/complaint-lines.ts';
import { openTerminal } from './terminal.ts';

/** Runs one command line and answers with the exit code; no error leaves it. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const environment = readEnvironment(process.env);
  const cli: Cli = { terminal: openTerminal(environment), environment, exitCode: EXIT.done };
  try {
    await buildProgram(cli).parseAsync(argv);
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    const complaint = complaintOf(error);
    cli.terminal.say(complaintLines(complaint, cli.terminal.look('say')));
    if (argv.includes('--json')) cli.terminal.result(jsonDocument({ error: complaint }));
    if (complaint.exitCode === EXIT.unexpected && environment.debug && error instanceof Error)
      cli.terminal.say(error.stack ?? error.message);
    return complaint.exitCode;
  }
}

function complaintOf(error: unknown): Complaint {
  if (error instanceof ComplaintError) return error.complaint;
  if (error instanceof CommanderError) return usage(error);
  // Ctrl-C at a prompt of @inquirer, or the end of its terminal; the classes are not exported by the package of prompts.
  if (error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)) return broken();
  return {
    what: 'something went wrong that Daybreak did not expect',
    found: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    remedy: 'look how the run stands: daybreak status; DEBUG=1 shows where it happened',
    ending: 'needs you',
    exitCode: EXIT.unexpected,
  };
}

/** Commander says what it found; a missing command comes without a message and with the help already printed. */
const usage = ({ message }: CommanderError): Complaint => ({
  what: message.startsWith('(') ? 'no command was given' : message.replace(/^error: /, ''),
  remedy: 'daybreak --help, or --help after a command, shows what it takes',
  ending: 'nothing changed',
  exitCode: EXIT.usage,
});

const broken = (): Complaint => ({
  what: 'broken off at the question',
  remedy: 'give the command again when you know the answer',
  ending: 'nothing changed',
  exitCode: EXIT.interrupted,
});
