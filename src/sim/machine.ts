/**
 * One machine of a simulated world: the host port, with a plug to pull. Its disk and its address outlive it.
 *
 * What is killed stays dead: programs that still hold the object send nowhere and wake never, as if the power were
 * off. A hung machine takes part in nothing; on `resume` its overdue timers and the datagrams that its sockets kept
 * come all at once. A sleeping one has its radio off too.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { Instant } from '../base/time.ts';
import type { Door } from '../core/model.ts';
import type { Host, KeySource, Network, Receive, Store, StoredState } from '../os/host.ts';
import type { Codec } from '../wire/codec.ts';
import type { Address } from '../wire/message.ts';
import type { Appointment } from './agenda.ts';
import { Alarms } from './alarms.ts';
import { seedOf } from './hash.ts';
import { Inbox } from './inbox.ts';
import type { Drop, Parcel } from './parcel.ts';
import type { Habits } from './radio.ts';

/** What a machine needs of its world. */
export interface Surroundings {
  readonly seed: number;
  readonly codec: Codec;
  readonly keys: KeySource | undefined;
  now(): Instant;
  wallClock(): number;
  /** Does something at a moment, or at once if it has passed. */
  schedule(at: Instant, run: () => void): Appointment;
  /** Promises of a machine may go on now: they are to be let run before time does. */
  stir(): void;
  /** Puts a datagram on its way to whoever has that address. */
  carry(from: Machine, fromAddress: Address, to: Address, bytes: Uint8Array): void;
  /** Puts a datagram on its way to everybody, its sender too, as on a real network. */
  spread(from: Machine, fromAddress: Address, bytes: Uint8Array): void;
  /** A datagram that had arrived is dropped after all. */
  dropped(at: Machine, parcel: Parcel, why: Drop): void;
}

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
  /** Undefined: an open cluster. */
  readonly keys: KeySource | undefined;
  ip: string;
  /** Where its unicast datagrams come from. */
  address: Address;
  state: 'running' | 'hung' | 'asleep' | 'dead' = 'running';
  /** False while its network cable is out. */
  isPlugged = true;
  /** Its radio sends, but hears nothing. A reboot cures it. */
  isDeaf = false;
  /** False for a machine whose program has no socket where broadcasts arrive: none is carried to it. */
  hearsBroadcasts = true;
  /**
   * False for a machine on which no code waits for promises, but what calls `stir`: the world then does not wait for
   * promises whenever something happens there. What it is wrong about goes on late.
   */
  awaits = true;

  private readonly world: Surroundings;
  private readonly random: Random;
  private readonly alarms: Alarms;
  private readonly inbox: Inbox;
  /** What waits until it runs again: overdue timers and received datagrams, in order. */
  private readonly backlog: (() => void)[] = [];
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
    this.keys = world.keys;
    this.ip = `10.0.${number >> 8}.${number & 255}`;
    this.address = `${this.ip}:${NODE_PORT}`;
    this.random = new Random(seedOf(`${world.seed}/${name}/${life}`));
    const shared = {
      now: () => world.now(),
      schedule: (at: Instant, run: () => void) => world.schedule(at, run),
    };
    this.alarms = new Alarms({
      ...shared,
      busyUntil: () => this.inbox.busyUntil,
      begins: () => this.begins(),
      postpone: (run) => this.postpone(run),
    });
    this.inbox = new Inbox(
      {
        ...shared,
        attend: (run) => this.attend(run),
        isRunning: () => this.state === 'running',
        trouble: (parcel) => this.trouble(parcel),
        read: (parcel) => this.read(parcel),
        dropped: (parcel, why) => world.dropped(this, parcel, why),
      },
      name,
    );
    this.store = {
      load: () => disk.state,
      save: (state) => {
        if (this.state !== 'dead') disk.state = { ...state };
      },
    };
  }

  /** For the world: takes over what a reboot does not change. */
  inherit({ isPlugged, habits, alarms, awaits }: Machine): void {
    this.isPlugged = isPlugged;
    this.habits = habits;
    this.awaits = awaits;
    if (alarms.rate !== 1) this.drift(alarms.rate);
  }

  /** For the world: it has another address from now on, as when a router gave it one. */
  moveTo(ip: string): void {
    this.ip = ip;
    this.address = `${ip}:${NODE_PORT}`;
  }

  get habits(): Habits {
    return this.inbox.habits;
  }

  /** What its hardware does to what it receives. Lasts beyond a reboot. */
  set habits(habits: Habits) {
    this.inbox.habits = habits;
  }

  /** Its power fails, this moment. `world.host(name)` switches it on again. */
  kill(): void {
    this.state = 'dead';
    this.receive = undefined;
    this.backlog.length = 0;
    this.alarms.clear();
  }

  /** It stops in its tracks, but comes back with all it knew. */
  hang(): void {
    if (this.state === 'running') this.state = 'hung';
  }

  /** Its processor stops and its radio is off, until `resume`. */
  sleep(): void {
    if (this.state === 'running') this.state = 'asleep';
  }

  /** Goes on, after `hang` or `sleep`. */
  resume(): void {
    if (this.state !== 'hung' && this.state !== 'asleep') return;
    this.state = 'running';
    for (const run of this.backlog.splice(0)) this.world.schedule(this.world.now(), () => this.attend(run));
  }

  /** The world is to wait for promises, though `awaits` is false. */
  stir(): void {
    this.world.stir();
  }

  /** Pulls its network cable. */
  cut(): void {
    this.isPlugged = false;
  }

  mend(): void {
    this.isPlugged = true;
  }

  /** From now on its clock advances by `rate` seconds a second. */
  drift(rate: number): void {
    this.alarms.drift(rate);
  }

  /** Timers that are set. */
  get timers(): number {
    return this.alarms.size;
  }

  /** Its port is in use. */
  get isOpen(): boolean {
    return this.receive !== undefined;
  }

  now(): Instant {
    return this.alarms.now();
  }

  wallClock(): number {
    return this.habits.knowsTime ? this.world.wallClock() + this.now() - this.world.now() : 0;
  }

  entropy(): number {
    return this.random.u32();
  }

  timer(at: Instant, run: () => void): () => void {
    if (this.state === 'dead') return () => undefined;
    return this.alarms.add(at, run);
  }

  async open(receive: Receive): Promise<Network> {
    if (this.state === 'dead') throw new TdosError('HOST', 'This machine has no power.');
    if (this.receive !== undefined) throw new TdosError('HOST', 'The port is taken by another program.');
    this.receive = receive;
    return {
      address: this.address,
      send: (to, bytes, door) => {
        if (this.receive === receive) this.world.carry(this, this.sourceOf(door), to, bytes);
        this.inbox.stayAwake();
      },
      broadcast: (bytes) => {
        if (this.receive === receive) this.world.spread(this, this.address, bytes);
        this.inbox.stayAwake();
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

  /** For the world: a datagram arrives. */
  accept(parcel: Parcel): void {
    if (this.isLoop(parcel)) this.inbox.take(parcel);
    else this.inbox.accept(parcel);
  }

  private trouble(parcel: Parcel): Drop | undefined {
    if (this.receive === undefined || this.state === 'asleep') return 'off';
    return this.isDeaf && !this.isLoop(parcel) ? 'deaf' : undefined;
  }

  private read(parcel: Parcel): void {
    if (this.awaits) this.world.stir();
    this.receive?.(parcel.bytes, parcel.from, parcel.door);
  }

  private attend(run: () => void): void {
    if (this.begins()) run();
    else this.postpone(run);
  }

  private begins(): boolean {
    if (this.awaits) this.world.stir();
    return this.state === 'running';
  }

  private postpone(run: () => void): void {
    if (this.state !== 'dead') this.backlog.push(run);
  }

  /** It comes from this machine itself, not through the air. */
  private isLoop({ sender }: Parcel): boolean {
    return sender === this.name;
  }

  private sourceOf(door: Door): Address {
    if (door === 'node') return this.address;
    if (door === 'discovery') return `${this.ip}:${DISCOVERY_PORT}`;
    return `${this.ip}:${this.ports.get(door.slice(3)) ?? NODE_PORT}`;
  }
}
