import type { Pause } from '../../model/report.ts';
import { span } from '../../model/span.ts';

/** How long writes stood still in each hand-over there was, for those who decide about the next step; nothing where there was none. */
export const pauses = (all: readonly Pause[]): [string, string][] =>
  all.length === 0 ? [] : [['so far', `writes stood still for ${all.map(pause).join(', ')}`]];

const pause = ({ direction, closedMs }: Pause): string =>
  `${span(closedMs)} ${direction === 'source-to-target' ? 'on the way to the target' : 'on the way back'}`;
