import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomicSync } from 'write-file-atomic';
import { addressFile, answers, readAddress } from './address-file.ts';
import { controlPort } from './control.ts';
import { listenForLife } from './postgres/listen-for-life.ts';
import { makeFaults } from './protocol/faults.ts';
import { apiFront } from './protocol/front.ts';
import { openJournal } from './protocol/journal.ts';
import { closeRds, openRds } from './rds/cloud.ts';
import { ADDRESS } from './rds/endpoints.ts';
import { secretsFront } from './secrets-front.ts';

export type ServeOptions = {
  /** Folder of all its state; made when it is not there. */
  readonly root: string;
  readonly paceMs: number;
  /** Without relays before the servers. */
  readonly direct: boolean;
  /** Stop when standard input closes: when whoever started us is gone. */
  readonly boundToStdin: boolean;
};

/** Runs the local cloud in this process until it is stopped. @throws Error when one runs in that folder already. */
export async function serve({ root, paceMs, direct, boundToStdin }: ServeOptions): Promise<void> {
  const other = readAddress(root);
  if (other && (await answers(other)))
    throw new Error(
      `A local cloud runs in ${root} already, as process ${other.pid}. Stop it first: npm run local -- down --root ${root}`,
    );
  const { handlers, world } = await openRds({ root, paceMs, direct });
  const faults = makeFaults();
  const journal = openJournal(join(root, 'journal.jsonl'));
  const stop = async (): Promise<void> => {
    await closeRds(world);
    rmSync(addressFile(root), { force: true });
    setImmediate(() => process.exit(0));
  };
  const { ports } = world.state;
  ports.api = await listenForLife(apiFront({ handlers, faults, journal }), ports.api ?? 0, ADDRESS);
  ports.secrets = await listenForLife(secretsFront(world), ports.secrets ?? 0, ADDRESS);
  ports.control = await listenForLife(controlPort({ world, faults, journal, stop }), ports.control ?? 0, ADDRESS);
  world.save();
  announce(root, world.state, world.authority.caFile);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
  if (boundToStdin) process.stdin.resume().once('close', () => void stop());
}

function announce(
  root: string,
  state: { region: string; account: string; ports: Record<string, number> },
  caFile: string,
): void {
  const at = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  const { region, account, ports } = state;
  const address = {
    pid: process.pid,
    endpoint: at(ports['api']),
    secretsEndpoint: at(ports['secrets']),
    control: at(ports['control']),
    region,
    account,
    caFile,
  };
  // Whoever waits for this file must never read half of it.
  writeFileAtomicSync(addressFile(root), JSON.stringify(address, undefined, 2));
}
