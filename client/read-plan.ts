import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { MigrationPlan } from '../model/plan.ts';
import { parsePlan } from '../model/parse-plan.ts';
import type { Cli } from './cli.ts';
import { complain } from './complaint.ts';
import { EXIT } from './exit-codes.ts';
import { faultLines } from './render/fault-lines.ts';

/** Reads and parses a plan; `-` is stdin. All faults are told at once. */
export async function readPlan({ terminal }: Cli, file: string): Promise<MigrationPlan> {
  const parsed = parsePlan(file === '-' ? await text(process.stdin) : await contentOf(file));
  if ('plan' in parsed) return parsed.plan;
  const { faults } = parsed;
  throw complain({
    what: `the plan ${file} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`,
    remedy: 'correct them all, then start again',
    lines: faultLines(faults, terminal.look('say').width),
    ending: 'nothing changed',
    exitCode: EXIT.usage,
  });
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw complain({
      what: 'the plan cannot be read',
      found: error instanceof Error ? error.message : String(error),
      wanted: 'a YAML file this account may read',
      remedy: 'correct the path; daybreak init writes a plan',
      ending: 'nothing changed',
      exitCode: EXIT.usage,
    });
  }
}
