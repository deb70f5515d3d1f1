import { execa } from 'execa';
import { PROGRAM } from '../../program.ts';
import type { PoolerBeforePair } from '../../pgbouncer-server.ts';
import type { HeldBy } from './held-by-process.ts';

/** A worker process pauses the pool, leads it to the target and dies by SIGKILL before it resumes. */
export async function dieHoldingPool({ plan, context, clients }: PoolerBeforePair): Promise<void> {
  const secret = await clients.readSecret(plan.admin.password);
  const input: HeldBy = { plan, context, caFile: clients.caFile, secret };
  const script = 'test/activities/application/held-by-process.ts';
  const died = await execa(process.execPath, [PROGRAM, script, JSON.stringify(input)], { reject: false });
  if (died.stdout !== 'held' || died.signal !== 'SIGKILL')
    throw new Error(`the worker did not hold the pool: ${died.stdout} ${died.stderr}`);
}
