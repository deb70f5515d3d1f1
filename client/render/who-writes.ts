import type { Progress } from '../../model/progress.ts';

/** Which side takes writes, as far as the run knows; custody on the databases is the last word. */
export function whoWrites({ status, handOvers, source, target, sections }: Progress): string {
  if (status === 'cutting-over') return 'nobody for the moment: clients wait or are refused';
  const last = handOvers.at(-1);
  if (last !== undefined) return last.direction === 'source-to-target' ? target : source;
  const cutover = sections.find(({ name }) => name === 'cutover');
  if (status === 'undoing' && cutover?.status === 'failed') return `${source}, given back first of all`;
  return source;
}
