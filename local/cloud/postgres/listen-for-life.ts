import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Below the range from which systems take ports for outgoing connections (from 32768 on Linux, 49152 on macOS): a port
 * from there could be somebody's by the time a cloud that was stopped wants it back.
 */
const LIFELONG = { from: 15_000, to: 32_000 };
const TRIES = 200;
const PATIENCE_MS = 10_000;

/**
 * Listens on `port`, or on one that can be kept for life when it is 0, and returns it.
 * @throws Error when a given port stays taken for 10 s, or the address does not exist on this machine.
 */
export async function listenForLife(server: Server, port: number, host: string): Promise<number> {
  return port === 0 ? await listenSomewhere(server, host) : await listenAgain(server, port, host);
}

/** A port of `host` that a server started by us can listen on from now on, and again after a stop. */
export async function lifelongPort(host: string): Promise<number> {
  const probe = createServer();
  const port = await listenSomewhere(probe, host);
  await new Promise((closed) => probe.close(closed));
  return port;
}

async function listenSomewhere(server: Server, host: string): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(LIFELONG.from, LIFELONG.to);
    try {
      await listen(server, port, host);
      return port;
    } catch (error) {
      if (!isTaken(error) || tries === TRIES) throw error;
    }
  }
}

/** Whoever was killed a moment ago may still hold it. */
async function listenAgain(server: Server, port: number, host: string): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await listen(server, port, host);
      return port;
    } catch (error) {
      if (!isTaken(error) || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
