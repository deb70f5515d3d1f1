import type { Command } from 'commander';
import { resume } from '../../workflows/messages.ts';
import { anyActor } from '../actor.ts';
import { action, type Cli } from '../cli.ts';
import { requestOptions } from '../request-options.ts';
import { reasonOf, send, type RequestOptions } from '../send.ts';

/** `daybreak resume [ID]`. */
export function addResume(program: Command, cli: Cli): void {
  const command = program
    .command('resume')
    .description('lets a paused run go on; after a rollback that kept the target: asks for another cutover')
    .argument('[id]', 'the run');
  requestOptions(command).action(
    action(cli, async (id: string | undefined, options: RequestOptions) => {
      const actor = anyActor(cli, options.as);
      const to = { id, what: `resume by ${actor}`, json: options.json === true };
      return await send(cli, to, resume.update, { actor, ...reasonOf(options) });
    }),
  );
}
