import { once } from 'node:events';
import { escapeIdentifier } from 'pg';
import type { Clients } from '../../clients.ts';
import type { Login } from '../../contract.ts';
import type { Connection } from '../../postgres/connection.ts';
import { openReplication } from '../../postgres/replication-session.ts';
import { HASH_SETTINGS } from '../fingerprint.ts';
import { formatLsn } from './lsn.ts';
import { decodeFrame, END_OF_STREAM, type Frame } from './wal-stream.ts';

export interface StreamOrder {
  readonly login: Login;
  /** application_name of the connection. */
  readonly name: string;
  readonly slot: string;
  readonly publication: string;
  /** Transactions committed before are not sent, nor those before the slot's own place. */
  readonly from: bigint;
  /** Called for each frame, which is valid during the call only. What it throws ends the stream. */
  readonly onFrame: (frame: Frame) => void;
}

export interface ChangeStream {
  readonly write: (bytes: Buffer) => void;
  /** Settles when the stream is over for whatever reason: with that reason, translated, or null after `end`. */
  readonly ended: Promise<Error | null>;
  /** Asks the server to end it, waits until it has, and closes the connection. */
  readonly end: () => Promise<void>;
}

const END_LIMIT_MS = 2_000;

/** Begins to read a slot. Throws `DatabaseUnreachable` (code 55006 where another connection reads it) or `DatabaseRefused`. */
export async function openChangeStream(clients: Clients, order: StreamOrder): Promise<ChangeStream> {
  const connection = await openReplication(clients, order.login, order.name);
  const { client, translate, cut } = connection;
  const wire = client.connection;
  let broken: unknown = null;
  wire.on('copyData', ({ chunk }: { readonly chunk: Buffer }) => {
    if (broken !== null) return;
    try {
      order.onFrame(decodeFrame(chunk));
    } catch (error) {
      broken = error;
      cut();
    }
  });
  try {
    // What the server writes keys in has to be what both sides read.
    await client.query(HASH_SETTINGS);
    const started = once(wire, 'replicationStart');
    const ended = client.query(commandOf(order)).then(
      () => null,
      (error: unknown) => errorOf(broken ?? translate(error)),
    );
    const refused = await Promise.race([started.then(() => null), ended]);
    if (refused !== null) throw refused;
    return { write: (bytes) => void wire.stream.write(bytes), ended, end: () => endOf(connection, ended) };
  } catch (error) {
    cut();
    throw translate(error);
  }
}

const errorOf = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

const commandOf = ({ slot, publication, from }: StreamOrder): string =>
  `START_REPLICATION SLOT ${escapeIdentifier(slot)} LOGICAL ${formatLsn(from)} (proto_version '1', publication_names '${escapeIdentifier(publication)}')`;

async function endOf({ client, close, cut }: Connection, ended: Promise<Error | null>): Promise<void> {
  const overdue = setTimeout(cut, END_LIMIT_MS);
  client.connection.stream.write(END_OF_STREAM);
  await ended;
  clearTimeout(overdue);
  await close();
}
