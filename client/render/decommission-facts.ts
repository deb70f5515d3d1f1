import type { DecommissionReport } from '../../model/report.ts';
import { span } from '../../model/span.ts';
import { pauses } from './pauses.ts';

/** What is lost when the source is given up. */
export function decommissionFacts(report: DecommissionReport): [string, string][] {
  return [
    ['source', SOURCE[report.source](report)],
    ['lost', 'the way back: after this daybreak rollback is refused, whatever happens'],
    ['snapshot', snapshot(report)],
    ...pauses(report.pauses),
    ...(report.interruptionMs === undefined ? [] : [['cost', cost(report.interruptionMs)] as [string, string]]),
    ...(report.source === 'delete' ? [['backups', backups(report)] as [string, string]] : []),
  ];
}

const cost = (ms: number): string =>
  `${span(ms)} of interruption in all: the reboot of the source and the pause of the cutover`;

const SOURCE: Readonly<Record<DecommissionReport['source'], (report: DecommissionReport) => string>> = {
  keep: ({ from }) => `${from.name} stays as it is, closed for writes, and goes on costing money`,
  stop: ({ from }) => `${from.name} is stopped; AWS starts a stopped instance again by itself after seven days`,
  delete: ({ from }) => `${from.name} is DELETED and nothing brings this instance back`,
};

function snapshot({ finalSnapshot, source }: DecommissionReport): string {
  if (finalSnapshot !== null) return `${finalSnapshot} is made first and awaited; it stays`;
  return source === 'delete' ? 'NONE: what only the source holds is gone with it' : 'none is made';
}

const backups = ({ keepAutomatedBackups }: DecommissionReport): string =>
  keepAutomatedBackups
    ? 'the automated backups are kept until their retention runs out'
    : 'the automated backups are DELETED with the instance';
