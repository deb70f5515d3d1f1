import type { DaybreakCli } from './daybreak-cli.ts';
import type { Narrator } from './narrator.ts';
import type { DemoOptions } from './options.ts';
import { APPROVER, OPERATOR, SOURCE } from './plan-file.ts';
import type { Stage } from './stage.ts';

/** Exit code of the CLI for "waits for a person". */
const WAITING = 6;

export type Performance = {
  /** Exit code of the CLI for what came of the run. */
  readonly code: number;
  /** Rows that had been compared when the approver was asked; 0: nobody was. */
  readonly rowsShown: number;
};

/** Drives the real CLI through one migration, as an operator and an approver would. */
export async function perform(
  { cli, planFile }: Stage,
  options: DemoOptions,
  narrator: Narrator,
): Promise<Performance> {
  narrator.chapter(
    'The migration',
    'daybreak start hands the plan to Temporal. From here on this terminal could be closed: the run would go on.',
  );
  const started = await cli.show(['start', planFile, '--operator', OPERATOR, '--detach']);
  if (started !== 0) return { code: started, rowsShown: 0 };
  let rowsShown = 0;
  let rollback = options.rollback;
  for (;;) {
    const code = rollback ? await watchUntilSoak(cli) : await watch(cli);
    if (code === SOAKING) {
      await goBack(cli, narrator);
      rollback = false;
    } else if (code === WAITING) rowsShown = Math.max(rowsShown, await decide(cli, options, narrator));
    else return { code, rowsShown };
  }
}

const watch = (cli: DaybreakCli, stop?: AbortSignal): Promise<number> =>
  cli.show(['watch', SOURCE, '--until-person'], stop);

/** No exit code of the CLI: the run soaks, which is when going back is possible. */
const SOAKING = -1;

/** The visible watch is left as soon as the run soaks; a gate or an end comes first otherwise. */
async function watchUntilSoak(cli: DaybreakCli): Promise<number> {
  const stop = new AbortController();
  const leave = async (): Promise<void> => {
    if (await cli.reaches(SOURCE, 'soaking')) stop.abort();
  };
  const [code] = await Promise.all([watch(cli, stop.signal), leave()]);
  return stop.signal.aborted ? SOAKING : code;
}

/** Answers the open gate; returns the rows its report speaks of. */
async function decide(cli: DaybreakCli, options: DemoOptions, narrator: Narrator): Promise<number> {
  const { progress } = await cli.status(SOURCE);
  const gate = progress.gate?.name ?? '';
  explainGate(gate, narrator);
  const answer = options.reject && gate === 'cutover' ? 'reject' : 'approve';
  const unasked = options.yes || options.reject ? ['--yes'] : [];
  const code = await cli.show([answer, SOURCE, '--as', APPROVER, '--comment', 'said in the demo', ...unasked]);
  const rows = progress.gate?.report.rows ?? 0;
  if (code === 0) return rows;
  narrator.say(`Not approved, so the demo rejects it as ${APPROVER}: you will see that nothing is left behind.`);
  await insist(cli, ['reject', SOURCE, '--as', APPROVER, '--comment', 'not approved in the demo', '--yes']);
  return rows;
}

function explainGate(gate: string, narrator: Narrator): void {
  if (gate === 'decommission')
    narrator.chapter(
      'The way back closes',
      'After the soak a person decides again: what now happens to the source ends the way back.',
    );
  else
    narrator.chapter(
      'The approval',
      `Nothing the application uses has been changed so far. What follows stops its writes for a moment, so a second person (${APPROVER}) has to agree.`,
    );
}

async function goBack(cli: DaybreakCli, narrator: Narrator): Promise<void> {
  narrator.chapter('Going back', 'The target has the writes now, and the source follows it: going back loses nothing.');
  await insist(cli, ['rollback', SOURCE, '--as', OPERATOR, '--yes']);
}

async function insist(cli: DaybreakCli, args: readonly string[]): Promise<void> {
  const code = await cli.show(args);
  if (code !== 0) throw new Error(`daybreak ${args[0]} ended with ${code}, wanted 0`);
}
