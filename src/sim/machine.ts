/**
 * One machine of a simulated world: the host port, with a plug to pull. Its disk and its address outlive it.
 *
 * What is killed stays dead: programs that still hold the object send nowhere and wake never, as if the power were
 * off. A hung machine takes part in nothing; on `resume` its overdue timers and the datagrams that its sockets kept
 * (the first `SOCKET_QUEUE`) come all at once.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { Instant } from '../base/time.ts';
import type { Door } from '../core/model.ts';
import type { Host, Network, Receive, Store, StoredState } from '../os/host.ts';
import type { Address, Codec } from '../wire/message.ts';

/** What a machine needs of its world. */
export interface Surroundings {
  readonly seed: number;
  readonly codec: Codec;
  now(): Instant;
  wallClock(): number;
  /** Does something at a moment, or at once if it has passed. The returned function cancels it. */
  schedule(at: Instant, run: () => void): () => void;
  /** Puts a datagram on its way to whoever has that address. */
  carry(from: Machine, fromAddress: Address, to: Address, bytes: Uint8Array): void;
  /** Puts a datagram on its way to everybody, its sender too, as on a real network. */
  spread(from: Machine, fromAddress: Address, bytes: Uint8Array): void;
}

/** A datagram on its way. */
export interface Parcel {
  readonly from: Address;
  /** An address, or `all`. */
  readonly to: string;
  readonly door: Door;
  readonly bytes: Uint8Array;
}

/** Datagrams that the sockets of a hung machine keep. */
const SOCKET_QUEUE = 64;
const DISCOVERY_PORT = 4000;
const NODE_PORT = 4001;
const FIRST_SERVICE_PORT = 5000;

export class Machine implements Host {
  readonly name: string;
  /** 1 for the first machine of its world. */
  readonly number: number;
  /** How often it was switched on before. */
  readonly life: number;
  readonly codec: Codec;
  readonly store: Store;
  state: 'running' | 'hung' | 'dead' = 'running';
  /** False while its network cable is out. */
  isPlugged = true;

  private readonly world: Surroundings;
  private readonly random: Random;
  private readonly backlog: (() => void)[] = [];
  private queued = 0;
  private receive: Receive | undefined;
  private readonly ports = new Map<string, number>();
  private nextPort = FIRST_SERVICE_PORT;

  constructor(
    world: Surroundings,
    name: string,
    number: number,
    life: number,
    disk: { state: StoredState | undefined },
  ) {
    this.world = world;
    this.name = name;
    this.number = number;
    this.life = life;
    this.codec = world.codec;
    this.random = new Random(hash(`${world.seed}/${name}/${life}`));
    this.store = {
      load: () => disk.state,
      save: (state) => {
        if (this.state !== 'dead') disk.state = { ...state };
      },
    };
  }

  get ip(): string {
    return `10.0.${this.number >> 8}.${this.number & 255}`;
  }

  /** Where its unicast datagrams come from. */
  get address(): Address {
    return `${this.ip}:${NODE_PORT}`;
  }

  /** Its power fails, this moment. `world.host(name)` switches it on again. */
  kill(): void {
    this.state = 'dead';
    this.receive = undefined;
    this.backlog.length = 0;
  }

  /** It stops in its tracks, but comes back with all it knew. */
  hang(): void {
    if (this.state === 'running') this.state = 'hung';
  }

  resume(): void {
    if (this.state !== 'hung') return;
    this.state = 'running';
    this.queued = 0;
    for (const run of this.backlog.splice(0)) this.world.schedule(this.world.now(), () => this.attend(run));
  }

  /** Pulls its network cable. */
  cut(): void {
    this.isPlugged = false;
  }

  mend(): void {
    this.isPlugged = true;
  }

  now(): Instant {
    return this.world.now();
  }

  wallClock(): number {
    return this.world.wallClock();
  }

  entropy(): number {
    return this.random.u32();
  }

  timer(at: Instant, run: () => void): () => void {
    let isCancelled = false;
    const cancel = this.world.schedule(at, () =>
      this.attend(() => {
        if (!isCancelled) run();
      }),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  async open(receive: Receive): Promise<Network> {
    if (this.state === 'dead') throw new TdosError('HOST', 'This machine has no power.');
    if (this.receive !== undefined) throw new TdosError('HOST', 'The port is taken by another program.');
    this.receive = receive;
    return {
      address: this.address,
      send: (to, bytes, door) => {
        if (this.receive === receive) this.world.carry(this, `${this.ip}:${this.portOf(door)}`, to, bytes);
      },
      broadcast: (bytes) => {
        if (this.receive === receive) this.world.spread(this, this.address, bytes);
      },
      openPort: async (service) => {
        const port = this.ports.get(service) ?? this.nextPort++;
        this.ports.set(service, port);
        return port;
      },
      closePort: (service) => {
        this.ports.delete(service);
      },
      close: async () => {
        if (this.receive === receive) this.receive = undefined;
        this.ports.clear();
      },
    };
  }

  /** For the world: which of its sockets has that address. */
  doorAt(address: Address): Door | undefined {
    if (address === this.address) return 'node';
    if (!address.startsWith(`${this.ip}:`)) return undefined;
    if (address === `${this.ip}:${DISCOVERY_PORT}`) return 'discovery';
    for (const [service, port] of this.ports) if (address === `${this.ip}:${port}`) return `v1:${service}`;
    return undefined;
  }

  /** For the world: a datagram arrives. False when nobody takes it. */
  accept(parcel: Parcel): boolean {
    if (this.receive === undefined) return false;
    if (this.state === 'hung' && ++this.queued > SOCKET_QUEUE) return false;
    this.attend(() => this.receive?.(parcel.bytes, parcel.from, parcel.door));
    return true;
  }

  private attend(run: () => void): void {
    if (this.state === 'running') run();
    else if (this.state === 'hung') this.backlog.push(run);
  }

  private portOf(door: Door): number {
    if (door === 'node') return NODE_PORT;
    if (door === 'discovery') return DISCOVERY_PORT;
    return this.ports.get(door.slice(3)) ?? NODE_PORT;
  }
}

/** FNV-1a: a seed for each machine, so that one more machine changes no other's chance. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) value = Math.imul(value ^ text.charCodeAt(place), 0x01000193);
  return value >>> 0;
}
