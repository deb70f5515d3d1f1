import { type Command, InvalidArgumentError } from 'commander';
import { duration } from '../../model/plan-values.ts';
import { endSoak, extendSoak } from '../../workflows/messages.ts';
import { anyActor } from '../actor.ts';
import { action, type Cli } from '../cli.ts';
import { requestOptions } from '../request-options.ts';
import { reasonOf, send, type RequestOptions } from '../send.ts';

/** `daybreak soak extend DURATION [ID]` and `daybreak soak end [ID]`: moves the end of the soak, and with it that of the way back. */
export function addSoak(program: Command, cli: Cli): void {
  const soak = program.command('soak').description('moves the end of the soak: extend, end');
  const extend = soak
    .command('extend')
    .description('leaves the way back open for longer')
    .argument('<duration>', 'by how much, such as 12h or 2d', written)
    .argument('[id]', 'the run');
  requestOptions(extend).action(
    action(cli, async (by: string, id: string | undefined, options: RequestOptions) => {
      const actor = anyActor(cli, options.as);
      const to = { id, what: `soak extend ${by} by ${actor}`, json: options.json === true };
      return await send(cli, to, extendSoak.update, { actor, by, ...reasonOf(options) });
    }),
  );
  const end = soak
    .command('end')
    .description('asks for the decommission now; the way back stays open until that is approved')
    .argument('[id]', 'the run');
  requestOptions(end).action(
    action(cli, async (id: string | undefined, options: RequestOptions) => {
      const actor = anyActor(cli, options.as);
      const to = { id, what: `soak end by ${actor}`, json: options.json === true };
      return await send(cli, to, endSoak.update, { actor, ...reasonOf(options) });
    }),
  );
}

function written(text: string): string {
  if (!duration.safeParse(text).success) throw new InvalidArgumentError('wanted a duration such as 90m, 12h or 2d');
  return text;
}
