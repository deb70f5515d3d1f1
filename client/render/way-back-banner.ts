import type { Progress } from '../../model/progress.ts';
import { followsBack } from '../../model/strategy.ts';
import { amount } from '../../model/amount.ts';
import { paragraph } from './columns.ts';
import type { Look } from './look.ts';
import { distance, moment } from './moment.ts';

/** Until when people can go back, at what cost, and what they must leave alone meanwhile; empty where there is no way back. */
export function wayBackBanner(progress: Progress, look: Look): string[] {
  const { wayBack, endedAt } = progress;
  if (wayBack === null || endedAt !== null) return [];
  const paint = wayBack.trouble === null ? look.paint.bold : look.paint.red;
  return ['', ...paragraph(`⇄ ${words(progress, wayBack, look)}`, look.width).map((line) => paint(line))];
}

type WayBack = NonNullable<Progress['wayBack']>;

function words(
  { strategy, feedsBack, target }: Progress,
  { until, writesAtRisk, trouble }: WayBack,
  look: Look,
): string {
  const end = `${moment(until, look)}, ${distance(until, look.nowMs)}`;
  if (trouble !== null) return `THE WAY BACK IS NOT SAFE: ${trouble}. It was to stay open until ${end}.`;
  const open = `The way back is open until ${end}`;
  if (followsBack({ strategy, feedsBack }))
    return `${open}, and loses nothing. Code may be deployed meanwhile; the schema of ${target} must not change.`;
  if (writesAtRisk === null) return `${open}; what it would lose is not counted yet.`;
  return `${open}; it would lose ${amount(writesAtRisk)} row changes.`;
}
