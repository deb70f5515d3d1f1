import type { parsePlan } from '../../model/parse-plan.ts';
import { facts } from './columns.ts';

type Faults = Extract<ReturnType<typeof parsePlan>, { faults: unknown }>['faults'];

/** Faults of a plan one below the other, each with where, what and what to do. */
export const faultLines = (faults: Faults, width = 80): string[] =>
  faults.flatMap(({ path, found, wanted, remedy, line }) => [
    `${path}${line === undefined ? '' : ` (line ${line})`}`,
    ...facts(
      [
        ['found', found],
        ['wanted', wanted],
        ['remedy', remedy],
      ],
      width,
    ),
  ]);
