import { z } from 'zod';
import { apiFault } from './protocol/faults.ts';

const point = z.enum([
  'instance.create',
  'instance.join',
  'instance.modify',
  'instance.reboot',
  'instance.stop',
  'instance.start',
  'instance.delete',
  'cluster.create',
  'cluster.modify',
  'cluster.stop',
  'cluster.start',
  'cluster.delete',
  'cluster.replicate',
  'cluster.promote',
  'cluster.restore',
  'snapshot.create',
  'snapshot.delete',
  'cluster-snapshot.create',
  'cluster-snapshot.delete',
]);
const link = z.union([
  z.enum(['up', 'refuse', 'blackhole', 'reset']),
  z.strictObject({ delayMs: z.number().nonnegative() }),
]);

/** Everything that can be made to go wrong, as data. `id` left out means: whichever resource comes first. */
export const fault = z.union([
  apiFault,
  /** Work stays where it is until it is released: a resource stuck in `creating`. */
  z.strictObject({ hold: point, id: z.string().optional() }),
  z.strictObject({ release: point, id: z.string().optional() }),
  /** The next such work fails; `status` is the end status, default the usual one. */
  z.strictObject({ fail: point, id: z.string().optional(), status: z.string().optional() }),
  /** The network in front of an instance or cluster. */
  z.strictObject({ link: z.string(), state: link }),
  /** SIGKILL for the server of an instance; the service restarts it. */
  z.strictObject({ crash: z.string() }),
  /** How long intermediate statuses show from now on. */
  z.strictObject({ paceMs: z.number().nonnegative() }),
  /** Takes back every fault of the API, every hold and every failure, and sets all links up. */
  z.strictObject({ clear: z.literal(true) }),
]);
export type Fault = z.input<typeof fault>;
