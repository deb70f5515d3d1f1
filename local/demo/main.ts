import { closingList } from './closing-list.ts';
import { startGuardian } from './guardian.ts';
import { narrate, type Narrator } from './narrator.ts';
import { type DemoOptions, readOptions } from './options.ts';
import { settle } from './outcome.ts';
import { perform } from './performance.ts';
import { buildStage, type Stage } from './stage.ts';
import { untilInterrupted } from './interruption.ts';
import { summaryLines } from './summary.ts';
import { differences, takePicture } from './world-picture.ts';

/** `npm run demo`: one migration from beginning to end, on this machine. Exit code: that of the CLI for what came of it. */
const UNEXPECTED = 1;
const UNDONE = 5;
const INTERRUPTED = 130;

// The SDK's advice is for whoever develops with it, not for whoever watches.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const read = readOptions(process.argv.slice(2), process.stdin.isTTY && process.stderr.isTTY);
if ('message' in read) {
  if (read.exitCode !== 0) process.stderr.write(`demo: ${read.message}\n`);
  process.exitCode = read.exitCode;
} else process.exitCode = await run(read);

/** The demo's own trouble: what, and where to look; a stack only for those who ask for it. */
function complain(error: unknown, narrator: Narrator): number {
  narrator.say(`demo: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env['DEBUG'] && error instanceof Error) narrator.say(error.stack ?? '');
  return UNEXPECTED;
}

async function run(options: DemoOptions): Promise<number> {
  const closing = closingList(startGuardian());
  const { stderr, env } = process;
  const width = stderr.isTTY ? stderr.columns : undefined;
  const narrator = narrate((text) => void stderr.write(text), stderr.isTTY && !env['NO_COLOR'], width);
  const interrupted = untilInterrupted();
  try {
    const code = await Promise.race([show(options, narrator, closing), interrupted.then(() => INTERRUPTED)]);
    if (options.keep && code !== INTERRUPTED) await interrupted;
    return code;
  } catch (error) {
    return complain(error, narrator);
  } finally {
    narrator.say('Stopping what the demo started …');
    await closing.closeAll();
  }
}

async function show(
  options: DemoOptions,
  narrator: Narrator,
  closing: ReturnType<typeof closingList>,
): Promise<number> {
  const stage = await buildStage(options, narrator, closing);
  const before = await takePicture(stage);
  const { code, rowsShown } = await perform(stage, options, narrator);
  if (code === INTERRUPTED) return code;
  const leftBehind = code === UNDONE ? differences(before, await takePicture(stage)) : null;
  const settled = await settle(stage, options, rowsShown);
  narrator.chapter(
    'What came of it',
    'Counted, not assumed: each write in the ledger was looked up on the side that owns the data.',
  );
  const width = Math.min(process.stderr.columns ?? 80, 100);
  for (const line of summaryLines(
    { ...settled, options, stage: { ...stage, source: stage.database }, leftBehind },
    width,
  ))
    narrator.say(line);
  if (options.json) process.stdout.write(`${JSON.stringify(settled.outcome)}\n`);
  if (options.keep) sayHowToLook(stage, narrator);
  return settled.check.writesLost > 0 || (leftBehind ?? []).length > 0 ? UNEXPECTED : code;
}

function sayHowToLook({ cliEnvironment, temporal, folders }: Stage, narrator: Narrator): void {
  const variables = Object.entries(cliEnvironment).map(([name, value]) => `${name}=${value}`);
  narrator.say(`
Everything runs on until you press Ctrl-C here.
  look at the run:  ${temporal.uiUrl}
  use the CLI:      ${variables.join(' ')} npm run daybreak -- report
  look at the cloud: npm run local -- status --root ${folders.cloud}`);
}
