import { ModifyDBInstanceCommand, RebootDBInstanceCommand, type DBInstance, type RDSClient } from '@aws-sdk/client-rds';
import { activityInfo } from '@temporalio/activity';
import type { Clients } from '../clients.ts';
import type { Activities, ServerTimes, UnlessVoid } from '../contract.ts';
import { failure } from '../failure.ts';
import { findInstance } from './describe.ts';
import { call } from './rds-failure.ts';
import { ensureOwnGroup, isAwsGroup, setGroupParameters } from './source-group.ts';
import { serverTimes, voidAt } from './source-clock.ts';
import { assertAvailable, notYet } from './waiting.ts';

type Means = Pick<Clients, 'rds' | 'openSession' | 'pollIntervalMs'>;

export async function ensureSourceParameters(
  clients: Means,
  order: Parameters<Activities['ensureSourceParameters']>[0],
): Promise<UnlessVoid<ServerTimes>> {
  const { plan, changes } = order;
  const rds = clients.rds(plan.source.region);
  const reason = voidAt((await serverTimes(clients, order)).at, order);
  if (reason !== null) return { void: reason };
  const group = groupOf(await demandSource(rds, plan.source.instance)).name;
  if (isAwsGroup(group)) {
    const own = await ensureOwnGroup(rds, order, { like: group, intervalMs: clients.pollIntervalMs });
    await setGroupParameters(rds, own, changes);
    // Without ApplyImmediately, which would also do whatever waits for the maintenance window: a group is given at once anyway.
    await call(`give instance ${plan.source.instance} parameter group ${own}`, () =>
      rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: plan.source.instance, DBParameterGroupName: own })),
    );
  } else await setGroupParameters(rds, group, changes);
  return await serverTimes(clients, order);
}

/** AWS may take minutes to notice that a group was changed. */
const NOTICE_LIMIT_MS = 10 * 60_000;

export async function rebootSource(
  clients: Means,
  order: Parameters<Activities['rebootSource']>[0],
): Promise<UnlessVoid<{ readonly since: string }>> {
  const { plan, prepared } = order;
  const id = plan.source.instance;
  const what = `instance ${id}`;
  const rds = clients.rds(plan.source.region);
  const source = await demandSource(rds, id);
  const asked = { since: prepared.at };
  if (source.DBInstanceStatus === 'rebooting') return asked;
  assertAvailable({ what, status: source.DBInstanceStatus, intervalMs: clients.pollIntervalMs });
  const { startedAt, at } = await serverTimes(clients, order);
  if (startedAt !== prepared.startedAt) return asked;
  const reason = voidAt(at, order);
  if (reason !== null) return { void: reason };
  demandPending(source, what, clients.pollIntervalMs);
  // Without a failover also of an instance in two zones: "reboot the instance without failover" is what applies a group (ModifyDBInstance).
  await call(`reboot ${what}`, () => rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: id })));
  return { since: at };
}

export async function awaitSourceRebooted(
  clients: Means,
  order: Parameters<Activities['awaitSourceRebooted']>[0],
): Promise<{ readonly rebootedAt: string; readonly interruptionMs: number }> {
  const { plan, prepared, since } = order;
  const what = `instance ${plan.source.instance}`;
  const source = await demandSource(clients.rds(plan.source.region), plan.source.instance);
  assertAvailable({ what, status: source.DBInstanceStatus, intervalMs: clients.pollIntervalMs });
  const { startedAt } = await serverTimes(clients, order);
  if (startedAt === prepared.startedAt)
    throw notYet(`${what} still runs the server that started at ${startedAt}`, clients.pollIntervalMs);
  return { rebootedAt: startedAt, interruptionMs: Math.max(0, Date.parse(startedAt) - Date.parse(since)) };
}

async function demandSource(rds: RDSClient, id: string): Promise<DBInstance> {
  const source = await findInstance(rds, id);
  if (source === null) throw failure('ResourceFailed', `instance ${id} does not exist any more`);
  return source;
}

/** Its parameter group and how much of it is in effect: `in-sync`, `applying`, `pending-reboot`. */
export function groupOf({ DBParameterGroups, DBInstanceIdentifier }: DBInstance): {
  readonly name: string;
  readonly status: string;
} {
  const group = DBParameterGroups?.[0];
  if (group?.DBParameterGroupName === undefined)
    throw failure('ResourceFailed', `instance ${DBInstanceIdentifier ?? ''} is listed without a parameter group`);
  return { name: group.DBParameterGroupName, status: group.ParameterApplyStatus ?? '' };
}

/** A reboot before AWS knows of the parameters would be one for nothing. */
function demandPending(source: DBInstance, what: string, intervalMs: number): void {
  const { name, status } = groupOf(source);
  if (status === 'pending-reboot') return;
  const seen = `${what}: parameter group ${name} is ${status}; wanted pending-reboot`;
  if (Date.now() - activityInfo().scheduledTimestampMs < NOTICE_LIMIT_MS) throw notYet(seen, intervalMs);
  throw failure('ResourceFailed', `${seen}: it was not rebooted, for that would change nothing`);
}
