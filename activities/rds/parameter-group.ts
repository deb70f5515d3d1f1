import {
  CreateDBClusterParameterGroupCommand,
  DeleteDBClusterParameterGroupCommand,
  ModifyDBClusterParameterGroupCommand,
  paginateDescribeDBClusterParameters,
  type Parameter,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { parameterGroupName } from '../../model/names.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import { isPhysical, traitsOf } from '../../model/strategy.ts';
import type { Clients } from '../clients.ts';
import type { Activities, Owner } from '../contract.ts';
import { failure } from '../failure.ts';
import { ensure } from './creation.ts';
import { askToDelete, goneNow } from './deletion.ts';
import { findParameterGroup } from './describe.ts';
import { familyDefaults } from './family-defaults.ts';
import { assertExpendable, assertMatches, tagsOf } from './ownership.ts';
import { call } from './rds-failure.ts';
import { notYet } from './waiting.ts';
import { familyOf } from './versions.ts';

/** The most parameters that ModifyDBClusterParameterGroup takes in one call, by its documentation. */
const MOST_PER_CALL = 20;

export async function ensureParameterGroup(
  { rds, pollIntervalMs }: Clients,
  { migration, plan, engineVersion }: Owner & { readonly engineVersion: string },
): Promise<void> {
  const client = rds(plan.source.region);
  const name = parameterGroupName(plan);
  const what = `parameter group ${name}`;
  const family = familyOf(engineVersion);
  await ensure({
    what,
    find: () => findParameterGroup(client, name),
    create: () =>
      client.send(
        new CreateDBClusterParameterGroupCommand({
          DBClusterParameterGroupName: name,
          DBParameterGroupFamily: family,
          Description: 'Made by Daybreak',
          Tags: tagsOf(migration, plan),
        }),
      ),
    adopt: ({ group, tags }) => {
      assertExpendable({ what, tags }, migration);
      assertMatches(what, [['family', group.DBParameterGroupFamily, family]]);
    },
    alreadyExists: 'DBParameterGroupAlreadyExistsFault',
    intervalMs: pollIntervalMs,
  });
  await setParameters(client, name, parametersOf(plan), wishesOf(plan));
}

/**
 * The way back is logical replication from the target, which RDS and Aurora switch on by a parameter of their own. A copy of the source's
 * files carries its subscriptions, whose workers would take from a live slot what was meant for the source: none of them starts
 * until they are dropped, which is said here, for then the server runs already.
 */
const parametersOf = (plan: MigrationPlan): Readonly<Record<string, string>> => ({
  ...plan.target.parameters,
  'rds.logical_replication': '1',
  ...(isPhysical(plan) ? { [APPLY_WORKERS]: '0' } : {}),
});

/**
 * After a lost snapshot as many tables as the plan has jobs travel by PostgreSQL's own table sync, where the engine lets that be set. It holds
 * at once.
 */
const wishesOf = (plan: MigrationPlan): Readonly<Record<string, string>> =>
  traitsOf(plan).follows && plan.copy.jobs !== USUAL_SYNC_WORKERS && plan.target.parameters[SYNC_WORKERS] === undefined
    ? { [SYNC_WORKERS]: String(plan.copy.jobs) }
    : {};

const SYNC_WORKERS = 'max_sync_workers_per_subscription';
/** PostgreSQL's default. Manual, "Subscribers". */
const USUAL_SYNC_WORKERS = 2;

const APPLY_WORKERS = 'max_logical_replication_workers';

/** Gives a target that has the writes the plan's parameters, or the engine's, where it was made with others; they hold from its next restart on. */
export async function freeParameters({ rds }: Pick<Clients, 'rds'>, { plan }: Owner): Promise<void> {
  if (!isPhysical(plan)) return;
  const client = rds(plan.source.region);
  const name = parameterGroupName(plan);
  const found = await findParameterGroup(client, name);
  const family = found?.group.DBParameterGroupFamily;
  if (family === undefined) throw failure('ResourceFailed', `parameter group ${name} does not exist any more`);
  const usual = (await familyDefaults(client, family)).get(APPLY_WORKERS)?.ParameterValue ?? ENGINES_OWN;
  await setParameters(client, name, { [APPLY_WORKERS]: usual, ...plan.target.parameters });
}

/** PostgreSQL's default, where a family names none. Manual, "Subscribers". */
const ENGINES_OWN = '4';

/** Sets what differs and nothing else, so that a second run changes nothing. What is only wished for may be unknown or fixed. */
async function setParameters(
  rds: RDSClient,
  group: string,
  wanted: Readonly<Record<string, string>>,
  wished: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (Object.keys(wanted).length === 0) return;
  const known = await readParameters(rds, group);
  const granted = Object.entries(wished).filter(([name]) => known.get(name)?.IsModifiable === true);
  const changes = [...granted, ...Object.entries(wanted)]
    .filter(([name, value]) => known.get(name)?.ParameterValue !== value)
    .map(([name, value]) => settingOf(group, name, value, known.get(name)));
  for (let from = 0; from < changes.length; from += MOST_PER_CALL)
    await call(`set parameters of ${group}`, () =>
      rds.send(
        new ModifyDBClusterParameterGroupCommand({
          DBClusterParameterGroupName: group,
          Parameters: changes.slice(from, from + MOST_PER_CALL),
        }),
      ),
    );
}

function settingOf(group: string, name: string, value: string, known: Parameter | undefined): Parameter {
  if (known?.IsModifiable !== true)
    throw failure(
      'ControlPlaneRefused',
      `target.parameters.${name}: ${known === undefined ? 'unknown to' : 'not modifiable in'} ${group}; remove it from the plan`,
    );
  return {
    ParameterName: name,
    ParameterValue: value,
    // A static parameter set with `immediate` is an error; one waits for the start of the first instance anyway.
    ApplyMethod: known.ApplyType === 'dynamic' ? 'immediate' : 'pending-reboot',
  };
}

async function readParameters(rds: RDSClient, group: string): Promise<ReadonlyMap<string, Parameter>> {
  const parameters = new Map<string, Parameter>();
  await call(`read parameters of ${group}`, async () => {
    const pages = paginateDescribeDBClusterParameters({ client: rds }, { DBClusterParameterGroupName: group });
    for await (const { Parameters } of pages)
      for (const parameter of Parameters ?? []) parameters.set(parameter.ParameterName ?? '', parameter);
  });
  return parameters;
}

/** Deletes the group and returns when it is gone. While a cluster still uses it, AWS refuses and it is tried again. */
export async function deleteParameterGroup(
  { rds, pollIntervalMs }: Clients,
  { migration, plan, name }: Parameters<Activities['deleteParameterGroup']>[0],
): Promise<'undone' | 'absent'> {
  const client = rds(plan.source.region);
  const what = `parameter group ${name}`;
  const found = await findParameterGroup(client, name);
  if (found === null) return goneNow();
  assertExpendable({ what, tags: found.tags }, migration);
  await askToDelete(what, 'DBParameterGroupNotFoundFault', () =>
    client.send(new DeleteDBClusterParameterGroupCommand({ DBClusterParameterGroupName: name })),
  );
  throw notYet(`${what} is being deleted`, pollIntervalMs);
}
