import type { Complaint } from '../complaint.ts';
import { facts, paragraph } from './columns.ts';
import type { Look } from './look.ts';

/** An error for people: what, found, wanted, remedy, and as the last words how things stand now. */
export function complaintLines({ what, found, wanted, remedy, ending, lines = [] }: Complaint, look: Look): string[] {
  const rows: [string, string][] = [];
  if (found !== undefined) rows.push(['found', found]);
  if (wanted !== undefined) rows.push(['wanted', wanted]);
  rows.push(['remedy', remedy]);
  return [
    ...paragraph(`✖ ${what}`, look.width).map((line) => look.paint.red(line)),
    ...facts(rows, look.width),
    ...lines,
    ending,
  ];
}
