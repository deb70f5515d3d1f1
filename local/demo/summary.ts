import wrapAnsi from 'wrap-ansi';
import type { LedgerCheck } from '../app/ledger-check.ts';
import type { TemporalPlace } from './environment.ts';
import type { Folders } from './folders.ts';
import type { Database } from './mind-measure.ts';
import type { Outcome } from './outcome.ts';
import type { DemoOptions } from './options.ts';

export type Told = {
  readonly outcome: Outcome;
  readonly check: LedgerCheck;
  readonly options: DemoOptions;
  readonly stage: {
    readonly temporal: TemporalPlace;
    readonly folders: Pick<Folders, 'kept'>;
    readonly source: Pick<Database, 'host' | 'port'>;
  };
  /** What is otherwise than before an undone run; null where it was not compared. */
  readonly leftBehind: readonly string[] | null;
};

/** What a person who just watched wants to know, in lines of `width` columns. */
export function summaryLines({ outcome, check, options, stage, leftBehind }: Told, width: number): string[] {
  const { source, temporal, folders } = stage;
  const onSource = check.owner === `${source.host}:${source.port}`;
  const rows: [string, string][] = [
    ['ended as', outcome.status],
    ['the data is on', `${onSource ? 'the source, RDS' : 'the target, Aurora'} (${check.owner})`],
    ['time per phase', phaseTimes(outcome)],
    ['write pause', pauseText(outcome.writePauseMs)],
    ...(outcome.rollbackPauseMs === undefined
      ? []
      : ([['pause going back', pauseText(outcome.rollbackPauseMs)]] as [string, string][])),
    ['writes', writesText(outcome)],
    ['rows verified', outcome.rowsVerified.toLocaleString('en')],
    ...(leftBehind === null ? [] : ([['world as before', leftText(leftBehind)]] as [string, string][])),
    ['report', outcome.reportPath ?? 'none was written'],
    ['plan, ledger, logs', folders.kept],
    [
      'Temporal UI',
      options.keep ? temporal.uiUrl : `${temporal.uiUrl} (ends with this demo; --keep leaves it running)`,
    ],
  ];
  return rows.flatMap(([label, text]) => row(label, text, width));
}

const LABEL_WIDTH = 20;

/** Wrapped between words; a path longer than the line stays whole, to be copied. */
const row = (label: string, text: string, width: number): string[] =>
  wrapAnsi(text, width - LABEL_WIDTH, { trim: true })
    .split('\n')
    .map((line, i) => `${(i === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`);

const phaseTimes = ({ phases }: Outcome): string =>
  phases
    .filter(({ durationMs }) => durationMs !== null)
    .map(({ name, durationMs }) => `${name} ${((durationMs ?? 0) / 1_000).toFixed(1)} s`)
    .join(', ');

const pauseText = (pauseMs: number | null): string =>
  pauseMs === null
    ? 'unknown: too few writes'
    : `${pauseMs.toLocaleString('en')} ms: the longest any connection of the writer went without an acknowledged write`;

const writesText = ({ writesAcknowledged, writesFailed, writesLost }: Outcome): string =>
  `${writesAcknowledged.toLocaleString('en')} acknowledged, ${writesFailed} failed, ${writesLost} lost: every one was read back`;

const leftText = (leftBehind: readonly string[]): string =>
  leftBehind.length === 0
    ? 'yes: resources, roles, settings, tables and files were compared'
    : `NO: ${leftBehind.join(', ')} differ`;
