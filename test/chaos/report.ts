import { HAND_OVERS, STILL_LIMIT_MS, type CellResult } from './cell.ts';
import { FAULTS } from './faults.ts';
import { cellText } from './result-table.ts';
import type { Surroundings } from './surroundings.ts';

export interface Report {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly surroundings: Surroundings;
  readonly results: readonly CellResult[];
}

/** The page that is published: `docs/chaos.md`. */
export function page({ startedAt, seconds, surroundings: on, results }: Report): string {
  const red = results.filter(({ faults }) => faults.length > 0);
  const struck = results.reduce((sum, { times }) => sum + times, 0);
  const worst = Math.max(0, ...results.map(({ outcome }) => outcome?.stillMs ?? 0));
  return `${INTRODUCTION}
## Result

${struck} faults in ${results.length} cells, ${red.length} red; the longest time without an acknowledged write was ${(worst / 1_000).toFixed(1)} s.
Run on ${startedAt.slice(0, 10)} in ${Math.round(seconds / 60)} minutes, on ${on.cores} cores and ${on.memoryGb} GB: Node ${on.node}, PostgreSQL ${on.postgres}, Temporal CLI ${on.temporal}, Temporal SDK ${on.sdk}.

${LEGEND}
${Object.entries(HAND_OVERS)
  .map(([direction, name]) => `### ${name}\n\n${table(results.filter((result) => result.direction === direction))}\n`)
  .join('\n')}${red.length === 0 ? '' : `\n### Red\n\n${red.map(redLine).join('\n')}\n`}`;
}

const redLine = ({ direction, step, fault, faults }: CellResult): string =>
  `- ${HAND_OVERS[direction]} · ${step} · ${fault}: ${faults.join('; ')}`;

function table(results: readonly CellResult[]): string {
  const steps = [...new Set(results.map(({ step }) => step))];
  const faults = [...new Set(results.map(({ fault }) => fault))];
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['about to', ...faults]),
    row(['---', ...faults.map(() => '---')]),
    ...steps.map((step) =>
      row([step, ...faults.map((fault) => cellText(results.find((r) => r.step === step && r.fault === fault)))]),
    ),
  ].join('\n');
}

const INTRODUCTION = `# Chaos

At every step of the cutover and of the rollback something breaks. \`npm run chaos\` does it: two real PostgreSQL servers with
replication both ways, a real Temporal server, the product's own activities and worker options in processes of their own (three
cutover workers, so that two live when one has died), and an application that writes all the time and keeps a ledger of what was
acknowledged to it.

An attempt is stopped as it is about to take the step, the fault is made, and the attempt goes on if it still can. Afterwards:

- no ${STILL_LIMIT_MS / 1_000} seconds passed without an acknowledged write, the fault and its end included;
- exactly one side takes writes: the application and the master user, who passes roles and read-only defaults, try both;
- every write acknowledged since before the fault is on that side, and each writer found its last one as soon as it logged in again;
- the hand-over has a named end: handed over, given back, or not begun. Where the workflow itself was ended, custody says it.

| fault | what happens |
| --- | --- |
${Object.entries(FAULTS)
  .map(([name, { what }]) => `| ${name} | ${what} |`)
  .join('\n')}

\`\`\`sh
npm run chaos                                              # all of it
npm run chaos -- --only rollback --step commit --fault SIGSTOP
npm run chaos -- --json                                    # for machines
npm run chaos -- --publish                                 # all of it, and writes this page
\`\`\`

A sample of it runs in \`npm test\`.

## It can go red

\`test/chaos/sabotage.ts\` copies the project, takes one protection out of the copy, and runs the table there:

\`\`\`sh
# no attempt is outdated any more: one that thaws after its successor closes the side that has the writes
node --import tsx test/chaos/sabotage.ts token --only cutover --step 'check approval' --fault 'SIGSTOP, no Temporal'
# the lock keeps nobody from writing: what is acknowledged behind the fence is not there when the application comes to the target
node --import tsx test/chaos/sabotage.ts fence --only cutover --step drain --fault 'feed stalled'
\`\`\`

With everything in place the same cells are green.
`;

const LEGEND = `\`→\` handed over, \`←\` given back, \`○\` not begun; then the longest time without an acknowledged write, in seconds, and in
brackets how many calls or connections of the step were struck one after the other, of which the worst is told. \`·\` the step has none. \`×\` red.
`;
