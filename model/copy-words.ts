import { amount, size } from './amount.ts';
import type { CopyProgress, LiveCopyProgress } from './copy-progress.ts';
import { span } from './span.ts';

/** What a copy says of itself in words, the same on every screen and in Temporal's UI. */

/** More lines than a person follows; the rest are counted. */
const SHOWN = 5;

/** `restore: 3 of 7 tables`; a stage that goes by no tables, or has not come to one, is only named. */
export const copyWords = ({
  stage,
  tables,
  tablesDone,
}: Pick<CopyProgress, 'stage' | 'tables' | 'tablesDone'>): string =>
  tablesDone === 0 ? `copy: ${stage}` : `${stage}: ${tablesDone} of ${tables} tables`;

/** The whole of it in a line: `rows: 3 of 7 tables, 1.2 GB of about 8 GB, 52 MB/s, rows copied in about 2 min 10 s`. */
export function copySummary(copy: CopyProgress): string {
  const { bytes, live } = copy;
  if (live === null) return `${copyWords(copy)}${bytes === 0 ? '' : `, ${size(bytes)}`}`;
  return `${copyWords(copy)}${liveWords({ ...copy, live })}`;
}

function liveWords({ stage, bytes, live }: { stage: string; bytes: number; live: LiveCopyProgress }): string {
  const { ofBytes, bytesPerSecond, etaMs } = live;
  const sized = ofBytes === 0 ? '' : ` of about ${size(ofBytes)}`;
  const travels = stage === 'rows' || stage === 'sync';
  const rate = bytesPerSecond === 0 || !travels ? '' : `, ${size(bytesPerSecond)}/s`;
  const end = etaMs === null || !travels ? '' : `, rows copied in about ${span(etaMs)}`;
  return `${bytes === 0 ? '' : `, ${size(bytes)}${sized}`}${rate}${end}`;
}

/** What is to be known of the stage, and a line for each table whose rows travel now, the biggest first. */
export function tableLines({ remark, underWay }: LiveCopyProgress): string[] {
  const tables = underWay.toSorted((one, other) => other.ofBytes - one.ofBytes);
  const lines = tables.slice(0, SHOWN).map(({ table, rows, bytes, ofBytes, etaMs }) => {
    const end = etaMs === null ? '' : `, about ${span(etaMs)} left`;
    return `${table}: ${amount(rows)} rows, ${size(bytes)} of about ${size(ofBytes)}${end}`;
  });
  return [
    ...(remark === null ? [] : [remark]),
    ...lines,
    ...(tables.length > SHOWN ? [`and ${tables.length - SHOWN} more tables`] : []),
  ];
}

/** Summary and tables under way: what a heartbeat says first, for whoever reads it as it is. */
export const copyLines = (copy: CopyProgress): readonly string[] => [
  copySummary(copy),
  ...(copy.live === null ? [] : tableLines(copy.live)),
];
