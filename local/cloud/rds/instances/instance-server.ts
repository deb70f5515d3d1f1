import { setTimeout as sleep } from 'node:timers/promises';
import { writeCertificate, writeSettings } from '../../postgres/access.ts';
import type { PostgresServer } from '../../postgres/server.ts';
import { aimEndpoints } from '../endpoints.ts';
import { installedEngine } from '../engines.ts';
import { note } from '../events.ts';
import { desiredValues } from '../parameters/groups.ts';
import { serverSettings } from '../parameters/server-settings.ts';
import type { ClusterRecord, InstanceRecord } from '../state.ts';
import { serverOn, storageDir } from '../storage.ts';
import type { World } from '../world.ts';
import { raisedValues, standbySettings } from './standby-settings.ts';

/** The server of an instance, running or not. */
export function serverOf(world: World, record: InstanceRecord): PostgresServer {
  return serverOn(world, record.storage, installedEngine(world.engines, record.shape));
}

/** The cluster an instance belongs to, if any. */
export function clusterOf(world: World, { shape }: InstanceRecord): ClusterRecord | undefined {
  return shape.DBClusterIdentifier === undefined ? undefined : world.state.clusters[shape.DBClusterIdentifier];
}

/** Starts the server with what its parameter groups say now: every start is a reboot. */
export async function startServer(world: World, record: InstanceRecord): Promise<void> {
  record.applied = desiredValues(world, record);
  for (const group of record.shape.DBParameterGroups) group.ParameterApplyStatus = 'in-sync';
  const member = memberOf(world, record);
  if (member) member.DBClusterParameterGroupStatus = 'in-sync';
  await relaunch(world, record);
}

/** Starts the server with the values that were in effect before, as after a crash. */
export async function relaunch(world: World, record: InstanceRecord): Promise<void> {
  const server = serverOf(world, record);
  const cluster = clusterOf(world, record);
  if (cluster) record.applied = { ...record.applied, ...raisedValues(world, record, cluster) };
  await writeCertificate(server.dir, await world.authority.issue());
  await applySettings(world, record);
  await server.start();
  record.running = true;
  aimEndpoints(world);
}

/** Writes the values in effect where the server reads them at its start and at a reload. */
export async function applySettings(world: World, record: InstanceRecord): Promise<void> {
  const dir = storageDir(world, record.storage);
  const settings = serverSettings(installedEngine(world.engines, record.shape), record.applied);
  const cluster = clusterOf(world, record);
  await writeSettings(dir, { ...settings, ...(cluster ? await standbySettings(world, dir, cluster) : {}) });
}

export async function stopServer(world: World, record: InstanceRecord): Promise<void> {
  record.running = false;
  world.save();
  await world.servers.get(record.storage)?.stop();
  aimEndpoints(world);
}

export function memberOf(world: World, record: InstanceRecord) {
  const id = record.shape.DBInstanceIdentifier;
  return clusterOf(world, record)?.shape.DBClusterMembers.find((member) => member.DBInstanceIdentifier === id);
}

/** The service restarts a server that died; clients see their connections break. */
export function restartAfterDeath(world: World, storage: string): void {
  aimEndpoints(world);
  const record = Object.values(world.state.instances).find((one) => one.storage === storage);
  if (world.stopping || !record?.running) return;
  const id = record.shape.DBInstanceIdentifier;
  note(world, 'db-instance', id, 'DB instance restarted', ['availability']);
  relaunchPatiently(world, record).catch((error: unknown) => {
    if (world.stopping) return;
    console.error('restart of', id, error);
    record.shape.DBInstanceStatus = 'failed';
    world.save();
  });
}

const RELAUNCHES = 20;
const BETWEEN_RELAUNCHES_MS = 250;

/** Children of a killed postmaster live a moment longer and hold its memory: until they are gone no server starts in its place. */
async function relaunchPatiently(world: World, record: InstanceRecord): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await relaunch(world, record);
    } catch (error) {
      if (tries === RELAUNCHES || world.stopping) throw error;
      await sleep(BETWEEN_RELAUNCHES_MS);
    }
  }
}
