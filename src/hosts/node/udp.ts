/**
 * A node's UDP sockets: its own, from which it sends everything and to which all unicast comes, and the discovery
 * socket, whose port all nodes of a machine share to hear broadcasts. Where a service is open to v1 boards, one more.
 *
 * The discovery port never gets unicast: of the processes that share it, the system gives a unicast datagram to one
 * (on Linux the one that bound it last), but a broadcast to each. Without an interface the node is on this machine's
 * loopback only, and hears nothing from outside. With one, the sockets follow the interface's address: when it goes
 * they close, when it comes back they open again on the same ports if possible.
 *
 * @module
 */
import type { RemoteInfo } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { TdosError } from '../../base/errors.ts';
import type { Door } from '../../core/model.ts';
import type { Network, Receive } from '../../os/host.ts';
import type { Address } from '../../wire/message.ts';
import { findLink, type Interfaces, isLoopback, type Link, missingLink } from './links.ts';
import { openSocket, type UdpSocket } from './socket.ts';
import { checkPort, parsePeers, parseTarget, type Target } from './targets.ts';

export const DISCOVERY_PORT = 4000;

/** The port on which the original programs serve. */
const V1_SERVICE_PORT = 5000;
/** Addresses kept in their parsed form. */
const MAX_PARSED = 4096;

export interface UdpOptions {
  /** The name or IPv4 address of an interface; loopback only without it. */
  readonly interface?: string | undefined;
  /** The discovery port, the same on all nodes. @default 4000 */
  readonly port?: number | undefined;
  /** The port of the node's own socket. @default any free one */
  readonly nodePort?: number | undefined;
  /** Where copies of broadcasts go, for other subnets: `192.0.2.7` or `198.51.100.2:4000`, at most 16. */
  readonly peers?: readonly string[] | undefined;
  /** Told in a sentence when the interface is lost, changes or comes back. */
  notice?(sentence: string): void;
  /** ms between looks at the interface. @default 2000 */
  readonly watchMs?: number | undefined;
  /** How to look at the interfaces. @default os.networkInterfaces */
  interfaces?(): Interfaces;
}

export interface UdpNetwork extends Network {
  /** Datagrams, by what became of them. */
  counters(): Readonly<Record<string, number>>;
}

/**
 * Opens the sockets.
 *
 * @throws TdosError HOST when the interface is not there or a port cannot be had; BAD_CONFIG for a bad option.
 */
export async function openUdp(options: UdpOptions, receive: Receive): Promise<UdpNetwork> {
  const network = new Udp(options, receive);
  await network.start();
  return network;
}

class Udp implements UdpNetwork {
  private readonly options: UdpOptions;
  private readonly receive: Receive;
  private readonly discoveryPort: number;
  private readonly peers: readonly Target[];
  private readonly count = { sent: 0, received: 0, failed: 0, strangers: 0, echoes: 0, reopened: 0 };
  private readonly parsed = new Map<Address, Target>();
  /** By door. Empty while the interface is away. */
  private readonly sockets = new Map<Door, UdpSocket>();
  /** Ports on which services are open to v1 boards, kept while the interface is away; undefined until there is one. */
  private readonly servicePorts = new Map<string, number | undefined>();
  /** Who waits for the interface, to open a port on it. */
  private readonly arrivals: (() => void)[] = [];
  private link: Link | undefined;
  private ownPort: number;
  private own: Address = '';
  private watch: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: UdpOptions, receive: Receive) {
    this.options = options;
    this.receive = receive;
    this.discoveryPort = checkPort('port', options.port ?? DISCOVERY_PORT);
    this.ownPort = options.nodePort === undefined ? 0 : checkPort('nodePort', options.nodePort);
    this.peers = parsePeers(options.peers ?? [], this.discoveryPort);
    if (this.ownPort === this.discoveryPort)
      throw new TdosError('BAD_CONFIG', `\`nodePort\` must not be the discovery port ${this.discoveryPort}.`);
  }

  get address(): Address {
    return this.own;
  }

  async start(): Promise<void> {
    const interfaces = this.interfaces();
    const wanted = this.options.interface;
    const link = findLink(interfaces, wanted);
    if (link === undefined) throw missingLink(interfaces, wanted ?? '');
    this.checkReach(link);
    await this.openAll(link);
    if (!link.loopback) this.watchLink();
  }

  send(to: Address, bytes: Uint8Array, door: Door): void {
    // The shared port is for listening: answers to it would reach any process of this machine.
    const socket = this.sockets.get(door === 'discovery' ? 'node' : door);
    this.sendTo(socket, this.parse(to), bytes);
  }

  broadcast(bytes: Uint8Array): void {
    const socket = this.sockets.get('node');
    const ip = this.link?.broadcast;
    if (ip !== undefined) this.sendTo(socket, { ip, port: this.discoveryPort }, bytes);
    else if (this.link === undefined) this.count.failed += 1;
    for (const peer of this.peers) this.sendTo(socket, peer, bytes);
  }

  async openPort(service: string): Promise<number> {
    const known = this.servicePorts.get(service);
    if (known !== undefined) return known;
    const first = this.servicePorts.size === 0 ? V1_SERVICE_PORT : 0;
    this.servicePorts.set(service, undefined);
    try {
      const { address } = await this.arrival();
      const port = await this.openDoor(`v1:${service}`, address, first, 0);
      this.servicePorts.set(service, port);
      return port;
    } catch (error) {
      this.servicePorts.delete(service);
      throw error;
    }
  }

  closePort(service: string): void {
    this.servicePorts.delete(service);
    void this.closeDoor(`v1:${service}`);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.watch);
    for (const arrive of this.arrivals.splice(0)) arrive();
    await this.closeAll();
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.count };
  }

  private interfaces(): Interfaces {
    return this.options.interfaces?.() ?? networkInterfaces();
  }

  /** The link, as soon as there is one. */
  private async arrival(): Promise<Link> {
    while (this.link === undefined && !this.closed) await new Promise<void>((resolve) => this.arrivals.push(resolve));
    if (this.link === undefined) throw new TdosError('CLOSED');
    return this.link;
  }

  private checkReach(link: Link): void {
    const outside = this.peers.find(({ ip }) => !isLoopback(ip));
    if (link.loopback && outside !== undefined)
      throw new TdosError('BAD_CONFIG', `The peer ${outside.ip} is not on this machine: name an \`interface\` too.`);
    if (link.broadcast === undefined && this.peers.length === 0)
      throw new TdosError(
        'HOST',
        `${link.name} (${link.address}) has no broadcast. Name the other nodes as \`peers\`.`,
      );
  }

  private async openAll(link: Link): Promise<void> {
    this.link = link;
    try {
      const own = await this.openDoor('node', link.address, this.ownPort, this.options.nodePort ?? 0);
      this.ownPort = own;
      this.own = `${link.address}:${own}`;
      await this.openDoor('discovery', '0.0.0.0', this.discoveryPort, this.discoveryPort);
      for (const [service, port] of this.servicePorts)
        if (port !== undefined) await this.openDoor(`v1:${service}`, link.address, port, port);
      for (const arrive of this.arrivals.splice(0)) arrive();
    } catch (error) {
      await this.closeAll();
      throw error;
    }
  }

  /** Opens `port`, or where that is taken `otherwise`, and says which. */
  private async openDoor(door: Door, address: string, port: number, otherwise: number): Promise<number> {
    const open = (chosen: number): Promise<UdpSocket> =>
      openSocket({
        address,
        port: chosen,
        shared: door === 'discovery',
        receive: (datagram, from) => this.take(datagram, from, door),
        failed: () => {
          this.count.failed += 1;
        },
      });
    const socket = port === otherwise ? await open(port) : await open(port).catch(() => open(otherwise));
    const wanted = door === 'node' || door === 'discovery' || this.servicePorts.has(door.slice('v1:'.length));
    if (this.closed || !wanted) {
      await socket.close();
      throw new TdosError('CLOSED');
    }
    await this.closeDoor(door);
    this.sockets.set(door, socket);
    return socket.port;
  }

  private async closeDoor(door: Door): Promise<void> {
    const socket = this.sockets.get(door);
    this.sockets.delete(door);
    await socket?.close();
  }

  private async closeAll(): Promise<void> {
    this.link = undefined;
    await Promise.all([...this.sockets.keys()].map((door) => this.closeDoor(door)));
  }

  private take(datagram: Uint8Array, { address, port }: RemoteInfo, door: Door): void {
    if (this.closed) return;
    if (isLoopback(address) !== (this.link?.loopback ?? false)) {
      this.count.strangers += 1;
      return;
    }
    const from = `${address}:${port}`;
    if (from === this.own) {
      this.count.echoes += 1;
      return;
    }
    this.count.received += 1;
    this.receive(datagram, from, door);
  }

  private sendTo(socket: UdpSocket | undefined, target: Target | undefined, bytes: Uint8Array): void {
    if (socket === undefined || target === undefined) {
      this.count.failed += 1;
      return;
    }
    this.count.sent += 1;
    socket.send(target.ip, target.port, bytes);
  }

  private parse(address: Address): Target | undefined {
    const known = this.parsed.get(address);
    if (known !== undefined) return known;
    const target = parseTarget(address);
    if (target === undefined) return undefined;
    if (this.parsed.size >= MAX_PARSED) this.parsed.clear();
    this.parsed.set(address, target);
    return target;
  }

  private watchLink(): void {
    this.watch = setTimeout(async () => {
      await this.followLink();
      if (!this.closed) this.watchLink();
    }, this.options.watchMs ?? 2000);
    // While the sockets are closed, only this keeps the process running.
    if (this.link !== undefined) this.watch.unref();
  }

  /** Closes the sockets when the address has gone, and opens them when there is one. Never throws. */
  private async followLink(): Promise<void> {
    const name = this.options.interface ?? '';
    const was = this.link;
    const link = this.look(name, was);
    if (link?.address === was?.address && link?.broadcast === was?.broadcast) return;
    await this.closeAll();
    if (was !== undefined && link === undefined) this.options.notice?.(`${name} has lost its address ${was.address}.`);
    if (link === undefined || this.closed) return;
    try {
      await this.openAll(link);
    } catch {
      return; // tried again at the next look
    }
    this.count.reopened += 1;
    this.options.notice?.(`${name} has the address ${link.address}; this node is ${this.own} now.`);
  }

  private look(name: string, was: Link | undefined): Link | undefined {
    try {
      return findLink(this.interfaces(), name, was?.address);
    } catch {
      return was; // the system could not tell; asked again soon
    }
  }
}
