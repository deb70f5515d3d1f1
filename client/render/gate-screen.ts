import type { Finding } from '../../model/finding.ts';
import type { Gate } from '../../model/gate.ts';
import type { Place, Report } from '../../model/report.ts';
import { facts, paragraph } from './columns.ts';
import { cutoverFacts } from './cutover-facts.ts';
import { decommissionFacts } from './decommission-facts.ts';
import type { Look } from './look.ts';
import { distance, moment } from './moment.ts';
import { sourceRebootFacts } from './source-reboot-facts.ts';

/** What an approver reads before the decision, in words for somebody who is tired. */
export function gateScreen({ report, digest, decision }: Gate, look: Look): string[] {
  const rows: [string, string][] = [
    ['from', place(report.from)],
    ...(report.gate === 'source-reboot' ? [] : [['to', place(report.to)] satisfies [string, string]]),
    ...factsOf(report),
    ['findings', report.findings.length === 0 ? 'none' : report.findings.map(finding).join('\n')],
    ['valid', `until ${moment(report.expiresAt, look)}, ${distance(report.expiresAt, look.nowMs)}`],
    ['who', who(report)],
  ];
  if (decision !== null) rows.push(['decided', `${decision.kind} by ${decision.by} at ${moment(decision.at, look)}`]);
  return [
    ...paragraph(question(report), look.width).map((line) => look.paint.bold(line)),
    '',
    ...facts(rows, look.width),
    '',
    ...paragraph('The digest stands for all of this; an approval holds for this report alone:', look.width, 2),
    `  ${digest}`,
  ];
}

function factsOf(report: Report): [string, string][] {
  switch (report.gate) {
    case 'source-reboot':
      return sourceRebootFacts(report);
    case 'cutover':
      return cutoverFacts(report);
    case 'decommission':
      return decommissionFacts(report);
  }
}

function question(report: Report): string {
  const { name } = report.from;
  switch (report.gate) {
    case 'source-reboot':
      return `SOURCE REBOOT: may the parameters of ${name} be changed and ${name} be rebooted?`;
    case 'cutover':
      return `CUTOVER: may the writes of ${name} move to ${report.to.name}?`;
    case 'decommission':
      return `DECOMMISSION: may the way back from ${report.to.name} to ${name} be closed for good?`;
  }
}

const place = ({ name, host, port, database, engine }: Place): string =>
  `${name}, database ${database}, ${engine}\n${host} port ${port}`;

const FINDING_MARKS: Readonly<Record<Finding['level'], string>> = { blocker: '✖', warning: '!', info: '·' };

const finding = ({ level, check, message }: Finding): string => `${FINDING_MARKS[level]} ${level} ${check}: ${message}`;

function who({ approvers, operator, separationOfDuties }: Report): string {
  const not = separationOfDuties
    ? `${operator} started the run and may not approve it.`
    : `${operator} started the run.`;
  return `${approvers.join(', ')} may approve. ${not} Names are claims: nothing proves who types one, the history keeps what was typed.`;
}
