import type { Command } from 'commander';
import { pause } from '../../workflows/messages.ts';
import { anyActor } from '../actor.ts';
import { action, type Cli } from '../cli.ts';
import { requestOptions } from '../request-options.ts';
import { reasonOf, send, type RequestOptions } from '../send.ts';

/** `daybreak pause [ID]`. */
export function addPause(program: Command, cli: Cli): void {
  const command = program
    .command('pause')
    .description('stops the run after the step that is going; never inside the cutover')
    .argument('[id]', 'the run');
  requestOptions(command).action(
    action(cli, async (id: string | undefined, options: RequestOptions) => {
      const actor = anyActor(cli, options.as);
      const to = { id, what: `pause by ${actor}`, json: options.json === true };
      return await send(cli, to, pause.update, { actor, ...reasonOf(options) });
    }),
  );
}
