import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { findServer } from '../../local/cloud/postgres/binaries.ts';
import { findTool } from '../tools.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** What the figures of a run depend on. */
export interface Surroundings {
  /** Of the project; ends with `-dirty` where files were changed and not committed, `unknown` outside git. */
  readonly commit: string;
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
  const git = await execa('git', ['describe', '--always', '--dirty', '--exclude', '*'], { cwd: HERE, reject: false });
  return {
    commit: git.exitCode === 0 ? git.stdout : 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    postgres: /[\d.]+/.exec(stdout)?.[0] ?? 'unknown',
    temporal: findTool('temporal')?.version ?? 'unknown',
    sdk: typeof sdk === 'object' && sdk !== null && 'version' in sdk ? String(sdk.version) : 'unknown',
  };
}
