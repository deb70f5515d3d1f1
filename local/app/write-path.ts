import { z } from 'zod';
import { openLane } from './database-lane.ts';
import { withPatience } from './patience.ts';
import { writeSession, type SessionWrite } from './session-write.ts';

/** One client connection that sends writes one after the other. */
export type WritePath = {
  readonly name: string;
  /** Resolves to `host:port` of the server that acknowledged the write. @throws whatever the client was told instead */
  send(write: SessionWrite): Promise<string>;
  close(): Promise<void>;
};

/** Straight to the database, as a client that reads its address anew whenever it has to connect. */
export function straightPath(
  name: string,
  options: { readonly envFile: string; readonly caFile: string; readonly patienceMs: number },
): WritePath {
  const lane = openLane({ ...options, limitMs: 5_000 });
  return {
    name,
    send: (write) =>
      withPatience(options.patienceMs, () => lane.use((client, address) => writeSession(client, address, write))),
    close: () => lane.close(),
  };
}

const accepted = z.object({ id: z.uuid(), by: z.string() });

/** Through the sample application, which waits for a closed database by itself. */
export function applicationPath(name: string, url: string): WritePath {
  return {
    name,
    send: async (write) => {
      const response = await fetch(`${url}/api/sessions`, { method: 'POST', body: JSON.stringify(write) });
      if (response.status !== 201) throw new Error(`the application answered ${response.status}`);
      const { id, by } = accepted.parse(await response.json());
      if (id !== write.id) throw new Error('the application acknowledged another write');
      return by;
    },
    close: async () => {},
  };
}
