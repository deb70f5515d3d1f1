import { writeSync } from 'node:fs';
import { openSwitch, type SwitchContext } from '../../../activities/application/switch.ts';
import type { PgbouncerSwitch } from '../../../model/plan-values.ts';

/** A worker that holds a pool, leads it to the target and kills itself before it could resume: argument 2 is its JSON. */
export interface HeldBy {
  readonly plan: PgbouncerSwitch;
  readonly context: SwitchContext;
  readonly caFile: string;
  readonly secret: string;
}

const { plan, context, caFile, secret } = JSON.parse(process.argv[2] ?? '') as HeldBy;
const it = openSwitch(plan, context, { caFile, readSecret: async () => secret });
await it.pause?.();
await it.apply();
writeSync(1, 'held\n');
process.kill(process.pid, 'SIGKILL');
