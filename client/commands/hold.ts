import { Argument, type Command } from 'commander';
import { hold, type HoldAnswer } from '../../workflows/messages.ts';
import { anyActor } from '../actor.ts';
import { action, type Cli } from '../cli.ts';
import { complain } from '../complaint.ts';
import { EXIT } from '../exit-codes.ts';
import { requestOptions } from '../request-options.ts';
import { reasonOf, send, type RequestOptions } from '../send.ts';

type Answer = HoldAnswer['answer'];
const ANSWERS: readonly Answer[] = ['retry', 'undo', 'skip', 'done'];

/** `daybreak hold retry|undo|skip|done [ID]`: answers a run that a failed step, or a blocked undo, stopped. */
export function addHold(program: Command, cli: Cli): void {
  const command = program
    .command('hold')
    .description('answers a run that was stopped by a failed step (retry, undo) or a blocked undo (retry, skip, done)')
    .addArgument(new Argument('<answer>', 'what to do').choices(ANSWERS))
    .argument('[id]', 'the run');
  requestOptions(command).action(
    action(cli, async (answer: Answer, id: string | undefined, options: RequestOptions) => {
      if ((answer === 'skip' || answer === 'done') && options.reason === undefined) throw reasonMissing(answer);
      const actor = anyActor(cli, options.as);
      const to = { id, what: `hold ${answer} by ${actor}`, json: options.json === true };
      return await send(cli, to, hold.update, { actor, answer, ...reasonOf(options) });
    }),
  );
}

const reasonMissing = (answer: Answer): Error =>
  complain({
    what: `hold ${answer} leaves an undo to you: why is that right?`,
    found: 'no reason',
    wanted: 'a sentence for those who read the history later',
    remedy: 'give --reason TEXT',
    ending: 'nothing changed',
    exitCode: EXIT.usage,
  });
