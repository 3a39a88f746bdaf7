/**
 * A board's sockets: its own, the one where broadcasts arrive, and one for each service that is open to boards with the
 * original programs. lwIP keeps them while the Wi-Fi is away; what is sent meanwhile is lost.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import type { Door } from '../../core/model.ts';
import type { Network, Receive } from '../../os/host.ts';
import type { Address } from '../../wire/message.ts';
import { bufferOf } from './hmac.ts';
import type { Moddable, UdpSocket } from './moddable.ts';

const DISCOVERY_PORT = 4000;
const NODE_PORT = 4001;
const FIRST_SERVICE_PORT = 5000;
const BROADCAST = '255.255.255.255';
const NOWHERE = '0.0.0.0';

/** The Wi-Fi, as sockets see it. */
export interface Addressed {
  /** The board's; undefined while it has none. */
  readonly address: string | undefined;
}

export class BoardNetwork implements Network {
  /** Datagrams that lwIP did not take, for want of memory or of a network. */
  lost = 0;
  private readonly moddable: Moddable;
  private readonly wifi: Addressed;
  private readonly receive: Receive;
  private readonly sockets = new Map<Door, UdpSocket>();
  private nextPort = FIRST_SERVICE_PORT;

  /** @throws TdosError HOST when there is no memory for the sockets. */
  constructor(moddable: Moddable, wifi: Addressed, receive: Receive) {
    this.moddable = moddable;
    this.wifi = wifi;
    this.receive = receive;
    this.listen('discovery', DISCOVERY_PORT);
    this.listen('node', NODE_PORT);
  }

  get address(): Address {
    return `${this.wifi.address ?? NOWHERE}:${NODE_PORT}`;
  }

  send(to: Address, bytes: Uint8Array, door: Door): void {
    const colon = to.indexOf(':');
    // Whoever hears a board answers to where the datagram came from: that must be its own socket.
    const socket = this.sockets.get(door === 'discovery' ? 'node' : door);
    this.write(socket, bytes, to.slice(0, colon), Number(to.slice(colon + 1)));
  }

  broadcast(bytes: Uint8Array): void {
    this.write(this.sockets.get('node'), bytes, BROADCAST, DISCOVERY_PORT);
  }

  async openPort(service: string): Promise<number> {
    const port = this.nextPort;
    this.nextPort += 1;
    this.listen(`v1:${service}`, port);
    return port;
  }

  closePort(service: string): void {
    this.sockets.get(`v1:${service}`)?.close();
    this.sockets.delete(`v1:${service}`);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.values()) socket.close();
    this.sockets.clear();
  }

  private listen(door: Door, port: number): void {
    try {
      const socket = new this.moddable.Udp({ port, onReadable: (packets) => this.read(socket, door, packets) });
      this.sockets.set(door, socket);
    } catch (error) {
      throw new TdosError('HOST', `The board has no socket on port ${port}: ${String(error)}. Restart it.`);
    }
  }

  private read(socket: UdpSocket, door: Door, packets: number): void {
    for (let left = packets; left > 0; left -= 1) {
      const packet = socket.read();
      if (packet === undefined) return;
      const own = packet.address === this.wifi.address && packet.port === NODE_PORT;
      if (!own) this.receive(new Uint8Array(packet), `${packet.address}:${packet.port}`, door);
    }
  }

  private write(socket: UdpSocket | undefined, bytes: Uint8Array, address: string, port: number): void {
    if (socket === undefined || this.wifi.address === undefined) {
      this.lost += 1;
      return;
    }
    try {
      socket.write(bufferOf(bytes), address, port);
    } catch {
      this.lost += 1;
    }
  }
}
