import { connect, createServer, type Socket } from 'node:net';
import { listenForLife } from './listen-for-life.ts';

/** The state of the network between clients and the server behind an endpoint. */
export type Link = 'up' | 'refuse' | 'blackhole' | 'reset' | { readonly delayMs: number };

/** A fixed address in front of a server that comes, goes and moves; the only place where network faults are made. */
export type Relay = {
  readonly port: number;
  /** Port of the server behind, or `undefined` while there is none: then connections are reset. */
  aim(port: number | undefined): void;
  link(link: Link): void;
  close(): Promise<void>;
};

type Wire = { link: Link; target: number | undefined; readonly sockets: Set<Socket> };

/** Listens on `host:port`; port 0 is one it can keep for life. @throws Error when that address is taken or does not exist on this machine. */
export async function openRelay(port: number, host = '127.0.0.1'): Promise<Relay> {
  const wire: Wire = { link: 'up', target: undefined, sockets: new Set() };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => accept(wire, client));
  const listening = await listenForLife(server, port, host);
  return {
    port: listening,
    aim: (target) => {
      if (wire.target === target) return;
      wire.target = target;
      cutAll(wire);
    },
    link: (link) => {
      wire.link = link;
      if (link === 'reset') cutAll(wire);
      for (const socket of wire.sockets)
        if (link === 'blackhole') socket.pause();
        else socket.resume();
    },
    close: async () => {
      cutAll(wire);
      await new Promise((closed) => server.close(closed));
    },
  };
}

function cutAll(wire: Wire): void {
  for (const socket of wire.sockets) socket.resetAndDestroy();
}

function accept(wire: Wire, client: Socket): void {
  keep(wire, client);
  if (wire.target === undefined || wire.link === 'refuse' || wire.link === 'reset') {
    client.resetAndDestroy();
    return;
  }
  const server = connect({ port: wire.target, host: '127.0.0.1', allowHalfOpen: true });
  keep(wire, server);
  server.once('error', () => client.resetAndDestroy());
  server.once('close', () => client.destroy());
  client.once('close', () => server.destroy());
  pump(wire, client, server);
  pump(wire, server, client);
  if (wire.link === 'blackhole') server.pause();
  else client.resume();
}

function keep(wire: Wire, socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => {}); // a cut connection is what this is for; `close` follows
  wire.sockets.add(socket);
  socket.once('close', () => wire.sockets.delete(socket));
}

function pump(wire: Wire, from: Socket, to: Socket): void {
  const forward = (data: Buffer): void => {
    if (to.destroyed || to.write(data)) return;
    from.pause();
    to.once('drain', () => {
      if (wire.link !== 'blackhole') from.resume();
    });
  };
  from.on('data', (data: Buffer) => {
    if (typeof wire.link === 'object') setTimeout(forward, wire.link.delayMs, data);
    else forward(data);
  });
  from.on('end', () => {
    if (typeof wire.link === 'object') setTimeout(() => to.end(), wire.link.delayMs);
    else to.end();
  });
}
