import type { PlanFault } from '../../model/plan-fault.ts';
import { facts } from './columns.ts';

/** Faults of a plan one below the other, each with where, what and what to do. */
export const faultLines = (faults: readonly PlanFault[], width: number): string[] =>
  faults.flatMap(({ path, found, wanted, remedy, line }) => [
    `${path === '' ? 'the plan as a whole' : path}${line === undefined ? '' : ` (line ${line})`}`,
    ...facts(
      [
        ['found', found],
        ['wanted', wanted],
        ['remedy', remedy],
      ],
      width,
    ),
  ]);
