import type { Address } from './switch.ts';

export interface HostReplacement {
  readonly text: string;
  /** Places where the old address stood. */
  readonly places: number;
  /** Places that name the host without a port although the two ports differ: replacing them would lead nowhere. */
  readonly withoutPort: number;
}

/** Hosts are matched whole: `db.example.com` is not found in `old-db.example.com` nor in `db.example.com.backup`. */
const pattern = (host: string): RegExp =>
  new RegExp(`(?<![\\w.-])${escaped(host)}(?:(?::(\\d+))|(?![\\w-]|\\.\\w))`, 'gi');

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Exchanges the old address for the new one wherever it stands; the host with another port than the database's is something else. */
export function replaceHost(text: string, from: Address, to: Address): HostReplacement {
  let places = 0;
  let withoutPort = 0;
  const replaced = text.replaceAll(pattern(from.host), (found: string, port: string | undefined) => {
    if (port !== undefined && Number(port) !== from.port) return found;
    if (port === undefined && from.host === to.host) return found;
    places += 1;
    if (port === undefined && from.port !== to.port) withoutPort += 1;
    return port === undefined ? to.host : `${to.host}:${to.port}`;
  });
  return { text: replaced, places, withoutPort };
}
