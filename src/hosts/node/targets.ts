/**
 * Where datagrams go, as sockets want it: from the addresses of the wire, and from what a user names.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import { isAddress } from '../../wire/checks.ts';

export interface Target {
  readonly ip: string;
  readonly port: number;
}

/** Other subnets that get a copy of each broadcast. */
const MAX_PEERS = 16;

/** Undefined for what is no address. */
export function parseTarget(address: string): Target | undefined {
  if (!isAddress(address)) return undefined;
  const colon = address.indexOf(':');
  return { ip: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** @throws TdosError BAD_CONFIG for what is no address, and for too many. */
export function parsePeers(peers: readonly string[], port: number): Target[] {
  if (peers.length > MAX_PEERS)
    throw new TdosError('BAD_CONFIG', `\`peers\` takes at most ${MAX_PEERS}, not ${peers.length}.`);
  return [...new Set(peers)].map((peer) => {
    const target = parseTarget(peer.includes(':') ? peer : `${peer}:${port}`);
    if (target === undefined)
      throw new TdosError('BAD_CONFIG', `The peer \`${peer}\` is no IPv4 address like 192.0.2.7 or 198.51.100.2:4000.`);
    return target;
  });
}

/** @throws TdosError BAD_CONFIG for what is no port. */
export function checkPort(name: string, port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new TdosError('BAD_CONFIG', `\`${name}\` must be a port from 1 to 65535, not ${port}.`);
}
