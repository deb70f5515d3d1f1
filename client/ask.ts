import type { Cli } from './cli.ts';
import { complain } from './complaint.ts';
import { EXIT } from './exit-codes.ts';

/** Loaded when somebody is asked: most command lines ask nobody and should not wait for it. */
const prompts = async () => await import('@inquirer/prompts');

/** Questions go to stderr: stdout holds results only. */
const PLACE = { output: process.stderr };

/** Lets a person type `name` before something grave; anything else is asked again. Without a terminal: exit 2. */
export async function typedName(cli: Cli, question: string, name: string): Promise<void> {
  mustBeInteractive(cli, '--yes');
  const validate = (text: string): true | string =>
    text.trim() === name || `wanted ${name}; Ctrl-C leaves everything as it is`;
  const { input } = await prompts();
  await untilHangUp((signal) => input({ message: question, validate }, { ...PLACE, signal }));
}

/** A yes or no; no is the default. */
export async function agreed(cli: Cli, question: string): Promise<boolean> {
  mustBeInteractive(cli, '--yes');
  const { confirm } = await prompts();
  return await untilHangUp((signal) => confirm({ message: question, default: false }, { ...PLACE, signal }));
}

/** A terminal that goes away while it asks is a Ctrl-C: the question is broken off, and connections are closed in good order. */
async function untilHangUp<Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const gone = new AbortController();
  const hangUp = (): void => gone.abort();
  process.on('SIGHUP', hangUp);
  try {
    return await ask(gone.signal);
  } finally {
    process.removeListener('SIGHUP', hangUp);
  }
}

function mustBeInteractive({ terminal }: Cli, flag: string): void {
  if (terminal.interactive) return;
  throw complain({
    what: 'this has to be confirmed, and nobody can be asked here',
    found: 'no terminal',
    wanted: `the flag ${flag}`,
    remedy: `give ${flag} if you are sure`,
    ending: 'nothing changed',
    exitCode: EXIT.usage,
  });
}
