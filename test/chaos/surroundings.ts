import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { findServer } from '../../local/cloud/postgres/binaries.ts';
import { execa } from 'execa';
import { findTool } from '../tools.ts';

/** What the figures of a run depend on. */
export interface Surroundings {
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly postgres: string;
  readonly temporal: string;
  readonly sdk: string;
}

export async function surroundings(): Promise<Surroundings> {
  const sdk: unknown = JSON.parse(
    readFileSync(new URL('../../node_modules/@temporalio/worker/package.json', import.meta.url), 'utf8'),
  );
  const { stdout } = await execa(`${findServer('17').bin}/postgres`, ['--version']);
  return {
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    postgres: /[\d.]+/.exec(stdout)?.[0] ?? 'unknown',
    temporal: findTool('temporal')?.version ?? 'unknown',
    sdk: typeof sdk === 'object' && sdk !== null && 'version' in sdk ? String(sdk.version) : 'unknown',
  };
}
