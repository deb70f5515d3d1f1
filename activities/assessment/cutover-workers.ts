import { TASK_QUEUES } from '../../model/names.ts';
import { warning, type Check, type Subject } from './subject.ts';

/** With one alone, its death inside the fence leaves nobody to finish or give back but the server's own clock. */
export const checkCutoverWorkers: Check<Subject> = async ({ clients }) => {
  const found = await clients.countCutoverWorkers();
  if (found >= 2) return [];
  return [
    warning('few-cutover-workers', `${found} workers poll ${TASK_QUEUES.cutover}, wanted 2: start \`daybreak worker\``),
  ];
};
