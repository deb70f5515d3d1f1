import type { Command } from 'commander';
import { action, type Cli } from '../cli.ts';

/** `daybreak rescue …`: a process of its own; everything behind the word is its own too, also --help. */
export function addRescue(program: Command, cli: Cli): void {
  program
    .command('rescue')
    .description('reads custody on both sides and gives writes back or completes a commit; needs no Temporal')
    .argument('[args...]', 'passed on')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(
      action(
        cli,
        async (args: string[]) => await (await import('../child-program.ts')).runChildProgram('worker/rescue.ts', args),
      ),
    );
}
