/** Runs once before all test files: says on which programs the results stand. */
import { findTool, type ProgramName } from './tools.ts';

export function setup(): void {
  const programs: ProgramName[] = ['pg_dump', 'temporal', 'temporal-test-server'];
  const lines = programs.map((name) => {
    const found = findTool(name);
    return found ? `${name} ${found.version} ${found.path}` : `${name} is missing; see: npm run doctor`;
  });
  console.log([`node ${process.version}, ${process.platform}-${process.arch}`, ...lines].join('\n'));
}
