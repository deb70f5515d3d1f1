import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareAccess } from '../postgres/access.ts';
import { copyDirectory } from '../postgres/copy.ts';
import { postgresServer, type PostgresServer } from '../postgres/server.ts';
import { ownPort } from './endpoints.ts';
import type { Engine } from './engines.ts';
import type { World } from './world.ts';

/** A name for a new data directory. */
export function newStorage(): string {
  return randomBytes(6).toString('hex');
}

export function storageDir(world: World, storage: string): string {
  return join(world.root, 'data', storage);
}

/** Fills a data directory with an empty database cluster; what was there before is lost. */
export async function fillStorage(world: World, storage: string, engine: Engine): Promise<void> {
  let template = world.templates.get(engine.bin);
  if (!template) {
    template = makeTemplate(world, engine);
    world.templates.set(engine.bin, template);
  }
  await copyDirectory(await template, storageDir(world, storage));
}

/** initdb takes most of a second, copying its result a tenth of that. */
async function makeTemplate(world: World, { bin, version }: Engine): Promise<string> {
  const dir = storageDir(world, `template-${version}`);
  if (existsSync(dir)) return dir;
  const fresh = `${dir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await postgresServer({ bin, dir: fresh, adminPassword: world.state.adminPassword }).init();
  await prepareAccess(fresh);
  await rename(fresh, dir);
  return dir;
}

export async function removeStorage(world: World, storage: string): Promise<void> {
  await world.servers.get(storage)?.stop('immediate');
  world.servers.delete(storage);
  await rm(storageDir(world, storage), { recursive: true, force: true });
  await rm(`${storageDir(world, storage)}.log`, { force: true });
}

/** The server on a data directory, running or not. */
export function serverOn(world: World, storage: string, { bin }: Engine): PostgresServer {
  const known = world.servers.get(storage);
  if (known) return known;
  const port = ownPort(world, storage);
  const server = postgresServer({
    bin,
    dir: storageDir(world, storage),
    ...(port === undefined ? {} : { port }),
    adminPassword: world.state.adminPassword,
    onDeath: () => world.died(storage),
  });
  world.servers.set(storage, server);
  return server;
}
