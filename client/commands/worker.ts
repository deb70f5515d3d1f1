import type { Command } from 'commander';
import { action, type Cli } from '../cli.ts';

/** `daybreak worker …`: a process of its own; everything behind the word is its own too, also --help. */
export function addWorker(program: Command, cli: Cli): void {
  program
    .command('worker')
    .description('starts the workers of this machine')
    .argument('[args...]', 'passed on')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(
      action(
        cli,
        async (args: string[]) =>
          await (await import('../child-program.ts')).runChildProgram('worker/supervise.ts', args),
      ),
    );
}
