import { DIRECTIONS, HAND_OVERS, STILL_LIMIT_MS, type Strategy } from './cell.ts';
import { FAULTS } from './faults.ts';
import { bySurroundings, healed, latest } from './report-facts.ts';
import { cellText } from './result-table.ts';
import type { Entry } from './results-file.ts';
import type { Surroundings } from './surroundings.ts';

/** The page that is published: `docs/chaos.md`. */
export function page(entries: readonly Entry[]): string {
  const whole = entries.filter(({ without }) => without === null);
  const results = latest(whole);
  const red = results.filter(({ faults }) => faults.length > 0);
  const struck = results.reduce((sum, { times }) => sum + times, 0);
  const worst = Math.max(0, ...results.map(({ outcome }) => outcome?.stillMs ?? 0));
  const parts = (Object.keys(DIRECTIONS) as Strategy[])
    .flatMap((strategy) => DIRECTIONS[strategy].map((direction) => ({ strategy, direction })))
    .map((part) => ({ part, here: whole.filter((entry) => isOf(part, entry)) }))
    .filter(({ here }) => here.length > 0);
  const left = parts.reduce((sum, { here }) => sum + notRun(here), 0);
  const tables = parts.map(
    ({ part, here }) => `### ${part.strategy}: ${HAND_OVERS[part.direction]}\n\n${table(here)}\n`,
  );
  return `${INTRODUCTION}${sabotaged(entries.filter(({ without }) => without !== null))}
## Result

${struck} faults in ${results.length} cells, ${red.length} red, ${left} more not run; the longest time without an acknowledged write was ${(worst / 1_000).toFixed(1)} s.

${bySurroundings(results).map(surroundingsLine).join('\n')}

${LEGEND}
${tables.join('\n')}${list('Red', red)}${list('Red at first, and green when run again', healed(whole))}`;
}

type Part = Pick<Entry, 'strategy' | 'direction'>;
const isOf = ({ strategy, direction }: Part, entry: Entry): boolean =>
  entry.strategy === strategy && entry.direction === direction;

/** Cells of a table without a result: every fault belongs to every step. */
const notRun = (entries: readonly Entry[]): number =>
  stepsOf(entries).length * Object.keys(FAULTS).length - latest(entries).length;

const stepsOf = (entries: readonly Entry[]): readonly string[] => [
  ...new Set(entries.flatMap(({ step, steps = [] }) => [...steps, step])),
];

const sabotaged = (entries: readonly Entry[]): string =>
  entries.length === 0
    ? ''
    : `
| without | cell | seen |
| --- | --- | --- |
${latest(entries)
  .map((entry) => `| ${entry.without} | ${nameOf(entry)} | ${entry.faults.join('; ') || 'green'} |`)
  .join('\n')}
`;

const list = (title: string, red: readonly Entry[]): string =>
  red.length === 0 ? '' : `\n### ${title}\n\n${red.map(redLine).join('\n')}\n`;

const redLine = (entry: Entry): string =>
  `- ${nameOf(entry)}: ${entry.faults.join('; ')} (load ${entry.load}, commit ${entry.on.commit})`;

const nameOf = ({ strategy, direction, step, fault }: Entry): string =>
  `${strategy}: ${HAND_OVERS[direction]} · ${step} · ${fault}`;

function surroundingsLine([on, entries]: readonly [Surroundings, readonly Entry[]]): string {
  const times = entries.map(({ at }) => at.slice(0, 16).replace('T', ' ')).toSorted();
  const loads = entries.map(({ load }) => load).toSorted((a, b) => a - b);
  const minutes = Math.round(entries.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  return `- ${entries.length} cells, ended from ${times[0]} to ${times.at(-1)} UTC, ${minutes} minutes of work, commit ${on.commit}, on ${on.cores} cores and ${on.memoryGb} GB: Node ${on.node}, PostgreSQL ${on.postgres}, Temporal CLI ${on.temporal}, Temporal SDK ${on.sdk}. Load of the machine: ${loads[Math.floor(loads.length / 2)]} in the middle, ${loads.at(-1)} at most.`;
}

/** Steps in the order of an undisturbed hand-over. */
function table(entries: readonly Entry[]): string {
  const results = latest(entries);
  const faults = Object.keys(FAULTS).filter((name) => results.some(({ fault }) => fault === name));
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['about to', ...faults]),
    row(['---', ...faults.map(() => '---')]),
    ...stepsOf(entries).map((step) =>
      row([step, ...faults.map((fault) => cellText(results.find((r) => r.step === step && r.fault === fault)))]),
    ),
  ].join('\n');
}

const INTRODUCTION = `# Chaos

At every step of the cutover and of the rollback something breaks. \`npm run chaos\` does it: two real PostgreSQL servers with
replication both ways, a real Temporal server, the product's own activities and worker options in processes of their own (three
cutover workers, so that two live when one has died), and an application that writes all the time and keeps a ledger of what was
acknowledged to it.

An attempt is stopped as it is about to take the step (\`begin\`: before it has asked for anything), the fault is made, and the attempt
goes on if it still can. Afterwards:

- no ${STILL_LIMIT_MS / 1_000} seconds passed without an acknowledged write, the fault and its end included; under strategy \`dump\`, which copies
  behind the fence, ${STILL_LIMIT_MS / 1_000} seconds more than in an undisturbed hand-over;
- exactly one side takes writes: the application tries both, and where writes were given away the master user, too, who passes roles and
  read-only defaults;
- every write acknowledged since before the fault is on that side, and each writer found its last one as soon as it logged in again;
- the hand-over has a named end: handed over, given back, or not begun. Where the workflow itself was ended, custody says it.

A pause of a client of another database on the same servers is measured beside it: where that waited for more than a second, and a pause
is all that is wrong, the machine was busy and the fault strikes again, up to five times.

A cell that breaks one of these is red, and so is one whose step was not reached or whose attempt did not come back. Steps that run side
by side are stopped together; a call that fails, or whose answer is lost, counts for the step that was told last.

| fault | what happens |
| --- | --- |
${Object.entries(FAULTS)
  .map(([name, { what }]) => `| ${name} | ${what} |`)
  .join('\n')}

\`\`\`sh
npm run chaos                                              # all of it, strategy blue-green
npm run chaos -- --into results.jsonl                      # the same; cut off and begun again, it goes on where it was
npm run chaos -- --into results.jsonl --publish            # and writes this page; --lanes 0 writes it from what is there
npm run chaos -- --only rollback --step commit --fault SIGSTOP
npm run chaos -- --strategy dump --fault 'kill -9'         # the copy behind the fence
npm run chaos -- --json                                    # for machines
\`\`\`

A sample of it runs in \`npm test\`.

## What it does not cover

- Strategies \`replica\` and \`snapshot\`, whose fence is that of \`dump\`, and the rollback of all three, which is that of \`blue-green\`:
  they have tests of their own (\`test/activities/cutover\`), no table.
- PgBouncer and the other switches: the application reads its address from a dotenv file.
- Two faults at once, and faults in steps that only a fault brings about (giving writes back, settling).
- A server that crashes or fails over: connections are cut, the servers live.

## It can go red

\`test/chaos/sabotage.ts\` copies the project, takes one protection out of the copy, and runs one cell there that is green with
everything in place:

\`\`\`sh
# no attempt is outdated any more: one that thaws late closes the side that has the writes
node --import tsx test/chaos/sabotage.ts token
# the lock keeps nobody from writing and no table refuses: what is acknowledged on the old side after the commit is lost
node --import tsx test/chaos/sabotage.ts fence
\`\`\`

It ends with 0 when the cell is red, and says what it saw.
`;

const LEGEND = `\`→\` handed over, \`←\` given back, \`○\` not begun; then the longest time without an acknowledged write, in seconds, and in
brackets how many calls or connections of the step were struck one after the other, of which the worst is told. \`·\` the step has none. \`×\` red.
`;
