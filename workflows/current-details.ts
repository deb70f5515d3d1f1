import type { Gate } from '../model/gate.ts';
import type { Progress, Section } from '../model/progress.ts';
import { followsBack } from '../model/strategy.ts';
import { GATE_REQUESTS } from './messages.ts';

/** The migration as the Temporal UI's current details: Markdown, drawn from `progress` alone. */
export const currentDetails = (progress: Progress): string =>
  [
    headline(progress),
    timeline(progress.sections),
    ...wayBackBanner(progress),
    ...gateHelp(progress),
    ...holdHelp(progress),
    ...returnedHelp(progress),
  ].join('\n\n');

function headline({ status, source, target, reason, trouble, waitingFor }: Progress): string {
  const lines = [`**${status}**: ${source} → ${target}`];
  if (waitingFor !== null)
    lines.push(`waits for ${waitingFor.what}${waitingFor.until === null ? '' : `, until ${waitingFor.until}`}`);
  if (trouble !== null) lines.push(`**Trouble:** ${trouble}`);
  if (reason !== null) lines.push(reason);
  return lines.join('\n\n');
}

const timeline = (sections: readonly Section[]): string =>
  [
    '| phase | status | began (UTC) | ended (UTC) | step |',
    '|---|---|---|---|---|',
    ...sections.map(
      (section) =>
        `| ${[section.name, section.status, section.startedAt, section.endedAt, lastStep(section)].map((cell) => cell ?? '').join(' | ')} |`,
    ),
  ].join('\n');

function lastStep({ steps }: Section): string {
  const step = steps.at(-1);
  return step === undefined ? '' : `${step.label}: ${step.status}`;
}

/** The UI knows no reader's zone: times are UTC. */
function wayBackBanner({ wayBack, strategy, feedsBack, target }: Progress): string[] {
  if (wayBack === null) return [];
  const { until, trouble } = wayBack;
  if (trouble !== null) return [`> **The way back is not safe:** ${trouble}. It was to stay open until ${until}.`];
  const meanwhile = followsBack({ strategy, feedsBack })
    ? `It loses nothing. Code may be deployed meanwhile; the schema of ${target} must not change.`
    : `It loses what ${target} has taken since it opened.`;
  return [`> **The way back is open until ${until}.** ${meanwhile}`];
}

/** What to send to decide an open gate, ready to be copied. */
function gateHelp({ gate }: Progress): string[] {
  if (gate === null || gate.decision !== null) return [];
  const { report, digest } = gate;
  const approvers = eligible(gate);
  const { approve, reject } = GATE_REQUESTS[gate.name];
  return [
    `### Gate: ${gate.name}, report expires at ${report.expiresAt}`,
    `To approve send the signal or update \`${approve.update.name}\`, to reject \`${reject.update.name}\`, with this input and your own name (${approvers.join(', ')}):`,
    codeBlock({ digest, approver: approvers[0] ?? 'nobody may approve', comment: '' }),
    'Approver names are claims: nothing proves who typed them. Whoever may send signals to this workflow can approve.',
  ];
}

const eligible = ({ report }: Gate): readonly string[] =>
  report.approvers.filter((approver) => !report.separationOfDuties || approver !== report.operator);

function holdHelp({ held, operator }: Progress): string[] {
  if (held === null) return [];
  return [
    `### Held at ${held.step}: ${held.failure}`,
    held.message,
    `To answer send the signal or update \`hold\` with one of ${held.answers.join(', ')}${held.answers.includes('skip') ? ' (`skip` and `done` need a `reason`)' : ''}:`,
    codeBlock({ actor: operator, answer: held.answers[0] ?? 'retry' }),
  ];
}

function returnedHelp({ status, operator }: Progress): string[] {
  if (status !== 'returned') return [];
  return [
    '### The writes are back on the source',
    'For a new report, and another cutover, send the signal or update `resume`; to undo everything `rollback`:',
    codeBlock({ actor: operator }),
  ];
}

const codeBlock = (input: object): string => `\`\`\`json\n${JSON.stringify(input, null, 2)}\n\`\`\``;
