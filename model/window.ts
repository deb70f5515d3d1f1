import { DateTime } from 'luxon';
import type { MigrationPlan } from './plan.ts';

export type Window = NonNullable<MigrationPlan['cutover']['window']>;

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/**
 * Whether a fence may begin at `nowMs` (ms since the epoch). `from` is included, `to` is not. A window that passes midnight
 * (`22:00` to `04:00`) belongs to the day it begins on.
 */
export function isInWindow(window: Window, nowMs: number): boolean {
  const now = DateTime.fromMillis(nowMs, { zone: window.timezone });
  const time = now.toFormat('HH:mm');
  const beginsOn = (date: DateTime): boolean => {
    const name = DAYS[date.weekday - 1];
    return name !== undefined && window.days.includes(name);
  };
  if (window.from < window.to) return beginsOn(now) && time >= window.from && time < window.to;
  return (beginsOn(now) && time >= window.from) || (beginsOn(now.minus({ days: 1 })) && time < window.to);
}
