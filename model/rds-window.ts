import { WEEKDAYS } from './plan-values.ts';

/** Minutes since Monday 00:00 UTC, `end` after `start` (it may pass the week's end). */
interface Span {
  readonly start: number;
  readonly end: number;
}

const DAY = 24 * 60;
const WEEK = 7 * DAY;

function minutes(time: string): number {
  const [hours = 0, mins = 0] = time.split(':').map(Number);
  return hours * 60 + mins;
}
const span = (start: number, end: number, period: number): Span => ({ start, end: end > start ? end : end + period });

/** `03:00-04:00` */
export function dailySpan(window: string): Span {
  const [from = '', to = ''] = window.split('-');
  return span(minutes(from), minutes(to), DAY);
}

/** `sun:04:00-sun:05:00` */
export function weeklySpan(window: string): Span {
  const [from = '', to = ''] = window.split('-');
  const moment = (text: string) =>
    WEEKDAYS.findIndex((name) => name === text.slice(0, 3)) * DAY + minutes(text.slice(4));
  return span(moment(from), moment(to), WEEK);
}

export const lengthMinutes = ({ start, end }: Span): number => end - start;

/** Whether a window of every day meets a window of every week; RDS refuses that. Touching ends do not meet. */
export const overlaps = (daily: Span, weekly: Span): boolean =>
  // From the day before to the day after the week, so that windows over midnight and over the week's end are seen.
  Array.from({ length: 16 }, (_, i) => (i - 1) * DAY).some(
    (offset) => daily.start + offset < weekly.end && weekly.start < daily.end + offset,
  );
