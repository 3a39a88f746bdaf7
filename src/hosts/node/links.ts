/**
 * Which network a node uses: the loopback of this machine, or the one behind an interface that the user named.
 *
 * @module
 */
import type { NetworkInterfaceInfo } from 'node:os';
import { TdosError } from '../../base/errors.ts';

/** What `os.networkInterfaces()` tells. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** An IPv4 network that this machine is on. */
export interface Link {
  /** The interface's name: `eth0`. */
  readonly name: string;
  readonly address: string;
  /** Where broadcasts go; undefined on links that have none (point to point). */
  readonly broadcast: string | undefined;
  readonly loopback: boolean;
}

/** All processes of this machine, and nobody else. */
export const LOOPBACK: Link = { name: 'lo', address: '127.0.0.1', broadcast: '127.255.255.255', loopback: true };

export const isLoopback = (ip: string): boolean => ip.startsWith('127.');

const toNumber = (ip: string): number => ip.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);

const toIp = (n: number): string => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');

/** The directed broadcast address: 192.0.2.255 of 192.0.2.2/255.255.255.0. A /31 or /32 has none. */
export function broadcastOf(address: string, netmask: string): string | undefined {
  const hosts = ~toNumber(netmask) >>> 0;
  return hosts < 2 ? undefined : toIp((toNumber(address) | hosts) >>> 0);
}

/** Every IPv4 network of this machine. */
export function linksOf(interfaces: Interfaces): Link[] {
  return Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos
      .filter((info) => info.family === 'IPv4')
      .map(({ address, netmask, internal }) => ({
        name,
        address,
        broadcast: broadcastOf(address, netmask),
        loopback: internal,
      })),
  );
}

/**
 * The link that `wanted` (an interface's name or address) means now; undefined while there is none. Among several
 * addresses of one interface, `preferred` is kept when it is still there.
 */
export function findLink(interfaces: Interfaces, wanted: string | undefined, preferred?: string): Link | undefined {
  if (wanted === undefined) return LOOPBACK;
  const fitting = linksOf(interfaces).filter(({ name, address }) => name === wanted || address === wanted);
  const link = fitting.find(({ address }) => address === preferred) ?? fitting[0];
  return link?.loopback ? LOOPBACK : link;
}

/** The error for an interface that is not there, with those that are. */
export function missingLink(interfaces: Interfaces, wanted: string): TdosError {
  const links = linksOf(interfaces).map(({ name, address }) => `${name} (${address})`);
  const known = Object.hasOwn(interfaces, wanted)
    ? 'has no IPv4 address'
    : 'is no interface of this machine that is up';
  return new TdosError('HOST', `\`${wanted}\` ${known}. There are: ${links.join(', ') || 'none'}.`);
}
