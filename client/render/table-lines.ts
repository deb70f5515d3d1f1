import type { LiveCopyProgress } from '../temporal/run-view.ts';
import { amount, size } from './amount.ts';
import { span } from './moment.ts';

/** More lines than a person follows; the rest are counted. */
const SHOWN = 5;

/** What a copy of the live database says of the whole: `, 1.2 GB of about 8 GB, 52 MB/s, rows copied in about 2 min 10 s`. */
export function liveWords({ stage, bytes, live }: { stage: string; bytes: number; live: LiveCopyProgress }): string {
  const { ofBytes, bytesPerSecond, etaMs } = live;
  const sized = ofBytes === 0 ? '' : ` of about ${size(ofBytes)}`;
  const rate = bytesPerSecond === 0 || stage !== 'rows' ? '' : `, ${size(bytesPerSecond)}/s`;
  const end = etaMs === null || stage !== 'rows' ? '' : `, rows copied in about ${span(etaMs)}`;
  return `${bytes === 0 ? '' : `, ${size(bytes)}${sized}`}${rate}${end}`;
}

/** A line for each table whose rows travel now, the biggest first. */
export function tableLines({ underWay }: LiveCopyProgress): string[] {
  const tables = underWay.toSorted((one, other) => other.ofBytes - one.ofBytes);
  const lines = tables.slice(0, SHOWN).map(({ table, rows, bytes, ofBytes, etaMs }) => {
    const end = etaMs === null ? '' : `, about ${span(etaMs)} left`;
    return `${table}: ${amount(rows)} rows, ${size(bytes)} of about ${size(ofBytes)}${end}`;
  });
  return tables.length > SHOWN ? [...lines, `and ${tables.length - SHOWN} more tables`] : lines;
}
