import type { Line } from './plan-lines.ts';
import type { InstanceFacts } from './read-instance.ts';

/** Parameters set on the source that Aurora lets a customer set too; the note names the others. */
export function carriedParameters({ parameters, settable }: Pick<InstanceFacts, 'parameters' | 'settable'>): Line {
  const names = Object.keys(parameters).toSorted();
  const carried = names.filter((name) => settable?.has(name));
  const left = names.filter((name) => !settable?.has(name));
  const careful = carried.filter((name) => name === 'log_statement' && ['all', 'mod'].includes(parameters[name] ?? ''));
  const notes = [
    ...careful.map((name) => `${name} was ${parameters[name]}, which writes every literal into the log, so ddl`),
    ...(left.length > 0 ? [`not settable on Aurora, left out: ${left.join(', ')}`] : []),
  ];
  return {
    value: Object.fromEntries(carried.map((name) => [name, careful.includes(name) ? 'ddl' : (parameters[name] ?? '')])),
    origin: careful.length > 0 ? 'default' : 'read',
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
  };
}
