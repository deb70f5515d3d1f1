import type { ChildProcess } from 'node:child_process';
import { z } from 'zod';
import type { Address } from './address-file.ts';
import { askControl } from './ask-control.ts';
import type { Fault } from './fault.ts';
import { launch } from './launch.ts';
import { call, type Call } from './protocol/journal.ts';

export type { Call, Fault };

export type CloudOptions = {
  /** Folder of all its state: data, ports, CA, journal. Made when it is not there; a second start goes on with it. */
  readonly root: string;
  /** How long each intermediate status shows, in ms; default 0. End statuses always follow real work. */
  readonly paceMs?: number;
  /** Clients reach the servers themselves, not through a relay that can break the network; default false. */
  readonly direct?: boolean;
};

/** A running local cloud, in a process of its own that ends with ours. */
export type Cloud = {
  /** For AWS_ENDPOINT_URL_RDS. */
  readonly endpoint: string;
  /** For AWS_ENDPOINT_URL_SECRETS_MANAGER: GetSecretValue of managed master passwords. */
  readonly secretsEndpoint: string;
  readonly region: string;
  readonly account: string;
  /** PEM of the CA that signed the certificate of every server; their name is the address 127.0.0.1. */
  readonly caFile: string;
  readonly pid: number;
  /** Makes something go wrong. @throws Error when it is no fault, or what it names is not there. */
  fault(rule: Fault): Promise<void>;
  /** Every request to the API so far, oldest first. */
  journal(): Promise<Call[]>;
  /** SIGKILL. Its servers may die with it; a new start in the same root brings all back with data intact. */
  kill(): Promise<void>;
  /** Stops servers and process; the data stays. */
  stop(): Promise<void>;
};

/** Starts a local cloud and resolves when it answers. */
export async function startCloud({ root, paceMs = 0, direct = false }: CloudOptions): Promise<Cloud> {
  const { child, address } = await launch({ root, paceMs, direct, detached: false });
  return cloudAt(address, child);
}

function cloudAt(address: Address, child: ChildProcess): Cloud {
  const { endpoint, secretsEndpoint, region, account, caFile, pid, control } = address;
  const gone = async (act: () => unknown): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((done) => child.once('exit', done));
    await act();
    await exited;
  };
  return {
    endpoint,
    secretsEndpoint,
    region,
    account,
    caFile,
    pid,
    fault: async (rule) => void (await askControl(control, 'POST /fault', rule)),
    journal: async () => z.array(call).parse(await askControl(control, 'GET /journal')),
    kill: () => gone(() => child.kill('SIGKILL')),
    stop: () => gone(() => child.kill('SIGTERM')),
  };
}
