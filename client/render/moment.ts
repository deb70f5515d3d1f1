import { DateTime } from 'luxon';
import { span } from '../../model/span.ts';
import type { Look } from './look.ts';

/** `2026-11-22 18:00 UTC (19:00 Europe/Berlin)`; the reader's own date is added where it is another day. */
export function moment(iso: string, look: Pick<Look, 'zone'>): string {
  const utc = DateTime.fromISO(iso, { zone: 'utc' });
  const text = `${utc.toFormat('yyyy-MM-dd HH:mm')} UTC`;
  const local = utc.setZone(look.zone);
  if (!local.isValid || local.offset === 0) return text;
  const sameDay = local.toISODate() === utc.toISODate();
  return `${text} (${local.toFormat(sameDay ? 'HH:mm' : 'yyyy-MM-dd HH:mm')} ${look.zone})`;
}

/** How far off a moment is: `in 3 h 12 min`, `4 min 2 s ago`. */
export function distance(iso: string, nowMs: number): string {
  const ms = Date.parse(iso) - nowMs;
  if (Math.abs(ms) < 1000) return 'just now';
  return ms >= 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}
