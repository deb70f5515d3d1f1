/** Runs once before all test files: says on which programs the results stand, and makes a place for servers to copy. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PREPARED } from './prepared-server.ts';
import { findTool, type ProgramName } from './tools.ts';

export function setup(): () => void {
  const programs: ProgramName[] = ['pg_dump', 'temporal', 'temporal-test-server'];
  const lines = programs.map((name) => {
    const found = findTool(name);
    return found ? `${name} ${found.version} ${found.path}` : `${name} is missing; see: npm run doctor`;
  });
  console.log([`node ${process.version}, ${process.platform}-${process.arch}`, ...lines].join('\n'));
  const folder = mkdtempSync(join(tmpdir(), 'prepared-servers-'));
  chmodSync(folder, 0o755); // PostgreSQL may run as another user
  process.env[PREPARED] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
