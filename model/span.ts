import { Duration } from 'luxon';

/** A length of time in its two largest units: `350 ms`, `41 s`, `2 min 30 s`, `1 d 3 h`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const whole = Math.round(ms / 1000) * 1000;
  const { days, hours, minutes, seconds } = Duration.fromMillis(whole)
    .shiftTo('days', 'hours', 'minutes', 'seconds')
    .toObject();
  const parts: [number, string][] = [
    [days ?? 0, 'd'],
    [hours ?? 0, 'h'],
    [minutes ?? 0, 'min'],
    [seconds ?? 0, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}
