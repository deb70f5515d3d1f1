import type { CopyProgress } from '../temporal/run-view.ts';

/** `restore: 3 of 7 tables`; a stage that goes by no tables, or has not come to one, is only named. */
export const copyWords = ({ stage, tables, tablesDone }: CopyProgress): string =>
  tablesDone === 0 ? `copy: ${stage}` : `${stage}: ${tablesDone} of ${tables} tables`;
