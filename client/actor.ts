import type { Cli } from './cli.ts';
import { complain } from './complaint.ts';
import { EXIT } from './exit-codes.ts';

/** Who decides at a gate: said on the command line or in `DAYBREAK_ACTOR`, never guessed from the account. */
export function namedActor({ environment }: Cli, as: string | undefined): string {
  const actor = as ?? environment.actor;
  if (actor !== null && actor !== '') return actor;
  throw complain({
    what: 'who decides?',
    found: 'no name',
    wanted: 'a name from the plan’s cutover.approvers',
    remedy: 'give --as NAME, or set DAYBREAK_ACTOR',
    ending: 'nothing changed',
    exitCode: EXIT.usage,
  });
}

/** Who asks for everything else: the account's name will do, since nothing is decided by it but who is written down. */
export const anyActor = ({ environment }: Cli, as: string | undefined): string =>
  as ?? environment.actor ?? environment.login;
