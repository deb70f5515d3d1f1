import { expect, test } from 'vitest';
import { isInWindow, type Window } from '../../model/window.ts';

const at = (iso: string): number => Date.parse(iso);
const sundayNight: Window = { days: ['sun'], from: '22:00', to: '04:00', timezone: 'Europe/London' };
const weekdays: Window = { days: ['mon', 'tue'], from: '01:00', to: '05:00', timezone: 'UTC' };

test('a window includes its beginning and excludes its end', () => {
  expect(isInWindow(weekdays, at('2026-11-23T01:00:00Z'))).toBe(true);
  expect(isInWindow(weekdays, at('2026-11-23T00:59:59Z'))).toBe(false);
  expect(isInWindow(weekdays, at('2026-11-23T05:00:00Z'))).toBe(false);
});

test('a window keeps to its days', () => {
  expect(isInWindow(weekdays, at('2026-11-25T02:00:00Z'))).toBe(false);
});

test('a window that passes midnight belongs to the day it begins on', () => {
  expect(isInWindow(sundayNight, at('2026-11-22T23:30:00Z'))).toBe(true);
  expect(isInWindow(sundayNight, at('2026-11-23T03:59:00Z'))).toBe(true);
  expect(isInWindow(sundayNight, at('2026-11-22T03:00:00Z'))).toBe(false);
  expect(isInWindow(sundayNight, at('2026-11-23T23:00:00Z'))).toBe(false);
});

test('a window follows the summer time of its zone', () => {
  expect(isInWindow(sundayNight, at('2026-07-05T21:00:00Z'))).toBe(true);
  expect(isInWindow(sundayNight, at('2026-11-22T21:00:00Z'))).toBe(false);
});
