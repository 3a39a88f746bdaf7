/**
 * A world in memory: many machines, one virtual clock, one radio, one seed. The same seed and the same program
 * give the same run, datagram for datagram.
 *
 * Nothing happens by itself: time stands still until `run`, `until` or `finish` moves it, from one appointment
 * (a timer, a datagram's arrival) to the next. After an appointment on a machine whose code waits for promises, the
 * world lets all promises go on that can, to the last, before time moves: it goes on only when the queue of microtasks
 * is empty. So no count of turns decides an order. For a machine without such code (`Machine.awaits`) it does not wait.
 *
 * @module
 */

import { Random } from '../base/random.ts';
import { after, type Instant, instant } from '../base/time.ts';
import type { KeySource, StoredState } from '../os/host.ts';
import type { Codec } from '../wire/codec.ts';
import { KEY_BYTES } from '../wire/seal.ts';
import { Agenda, type Appointment } from './agenda.ts';
import { type Airtime, AirtimeMeter } from './airtime.ts';
import { plainCodec } from './codec.ts';
import { seedOf } from './hash.ts';
import { Machine, type Surroundings } from './machine.ts';
import type { Drop, Parcel } from './parcel.ts';
import { Radio, type RadioOptions } from './radio.ts';
import { Trace } from './trace.ts';

export interface WorldOptions {
  /** Share of datagrams that get lost, for each receiver by itself, 0 to 1. @default that of `radio` */
  readonly loss?: number;
  /** ms from sending to arrival, always the same. @default that of `radio` */
  readonly latencyMs?: number;
  /** How the air behaves. @default nothing is lost or late */
  readonly radio?: Partial<RadioOptions>;
  /** ms since 1970 at the beginning. @default 2026-01-01 */
  readonly wallClock?: number;
  /** Bytes for all machines. @default UTF-8 only, nothing deflated */
  readonly codec?: Codec;
  /** All machines have one cluster key. @default false: an open cluster */
  readonly sealed?: boolean;
}

/** Appointments at one moment after which the world is taken to go round in a circle. */
const MAX_AT_ONCE = 1_000_000;
/** Of so many looks at the queue of microtasks one lets the process do other things: hear signals, write. */
const BREATH = 1000;
const NEW_YEAR_2026 = 1_767_225_600_000;

export class World implements Surroundings {
  readonly radio: Radio;
  /** Sees every datagram as it is sent, once for each receiver, whether it arrives or not. */
  onDatagram: ((parcel: Parcel, to: string) => void) | undefined;
  /** What happens. Costs nothing while nobody wants to know. */
  readonly trace = new Trace(() => this.time);
  /** Datagrams by fate, counted once for each receiver. `lost` in the air, `dropped` by the machine they reached. */
  readonly counters = { sent: 0, lost: 0, delivered: 0, dropped: 0 };
  readonly seed: number;
  readonly codec: Codec;
  readonly keys: KeySource | undefined;

  private time: Instant = instant(0);
  private isMoving = false;
  private isStirred = true;
  private datagrams = 0;
  private settled = 0;
  private readonly agenda = new Agenda();
  private readonly wallClockAtZero: number;
  private readonly machines = new Map<string, Machine>();
  /** The same machines, by where they live. */
  private readonly houses = new Map<string, Machine>();
  /** And by the address of their port for unicast, found once. */
  private readonly doors = new Map<string, Machine>();
  private readonly sent = new AirtimeMeter();
  private readonly disks = new Map<string, { state: StoredState | undefined }>();

  constructor(seed: number, options: WorldOptions = {}) {
    const { loss, latencyMs, radio } = options;
    this.seed = seed;
    this.radio = new Radio(seed, {
      ...radio,
      ...(loss === undefined ? {} : { loss }),
      ...(latencyMs === undefined ? {} : { latencyMs: { median: latencyMs, spread: 0 } }),
    });
    this.wallClockAtZero = options.wallClock ?? NEW_YEAR_2026;
    this.codec = options.codec ?? plainCodec();
    this.keys = options.sealed === true ? worldKey(seed) : undefined;
  }

  now(): Instant {
    return this.time;
  }

  wallClock(): number {
    return this.wallClockAtZero + this.time;
  }

  /**
   * The machine of that name. The first call makes it; after a `kill`, the next call switches it on again, as a new
   * object with the same address, disk, cable and habits.
   */
  host(name: string): Machine {
    const known = this.machines.get(name);
    if (known !== undefined && known.state !== 'dead') return known;
    const disk = this.disks.get(name) ?? { state: undefined };
    this.disks.set(name, disk);
    const number = known?.number ?? this.machines.size + 1;
    const life = known === undefined ? 0 : known.life + 1;
    const machine = new Machine(this, name, number, life, disk);
    if (known !== undefined) {
      machine.inherit(known);
      this.houses.delete(known.ip);
    }
    this.machines.set(name, machine);
    this.houses.set(machine.ip, machine);
    this.doors.clear();
    return machine;
  }

  /** Gives a machine another address while it runs, as a router may; a reboot brings the old one back. */
  readdress(machine: Machine): void {
    this.houses.delete(machine.ip);
    machine.moveTo(machine.ip.replace('10.0.', '10.1.'));
    this.houses.set(machine.ip, machine);
  }

  /** What a station has sent since the beginning, in all its lives. */
  airtime(name: string): Readonly<Airtime> {
    return this.sent.of(name);
  }

  /** Lets `ms` of virtual time pass. */
  async run(ms: number): Promise<void> {
    await this.move(after(this.time, ms), () => false);
  }

  /**
   * Lets time pass until `predicate` holds; it is asked after each appointment.
   *
   * @throws Error when it does not within `boundMs`.
   */
  async until(predicate: () => boolean, boundMs: number): Promise<void> {
    if (!(await this.move(after(this.time, boundMs), predicate)))
      throw new Error(`not within ${boundMs} ms of virtual time (seed ${this.seed})`);
  }

  /**
   * Lets time pass until `promise` settles, and returns or throws what it did.
   *
   * @throws Error when it does not within `boundMs`.
   */
  async finish<T>(promise: Promise<T>, boundMs: number): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await this.until(() => isSettled, boundMs);
    return promise;
  }

  // What its machines use.

  schedule(at: Instant, run: () => void): Appointment {
    return this.agenda.add(at < this.time ? this.time : at, run);
  }

  stir(): void {
    this.isStirred = true;
  }

  /** Adds a line of one's own to the trace. */
  note(line: string): void {
    this.trace.note(line);
  }

  carry(from: Machine, fromAddress: string, to: string, bytes: Uint8Array): void {
    this.sent.count(from.name, bytes.length, false);
    const house = this.houseAt(to);
    const door = house?.doorAt(to);
    const number = ++this.datagrams;
    const whom = door === undefined ? to : house?.name;
    this.trace.sends(from, number, whom, bytes);
    if (house === undefined || door === undefined) return;
    const leaves = from === house || this.radio.leaves(from.name, false, this.time);
    const parcel: Parcel = { number, from: fromAddress, sender: from.name, to, door, bytes: bytes.slice() };
    this.dispatch(from, house, parcel, leaves);
  }

  spread(from: Machine, fromAddress: string, bytes: Uint8Array): void {
    this.sent.count(from.name, bytes.length, true);
    const number = ++this.datagrams;
    this.trace.sends(from, number, undefined, bytes);
    const leaves = this.radio.leaves(from.name, true, this.time);
    const { name: sender } = from;
    const parcel: Parcel = { number, from: fromAddress, sender, to: 'all', door: 'discovery', bytes: bytes.slice() };
    for (const machine of this.machines.values())
      if (machine.hearsBroadcasts) this.dispatch(from, machine, parcel, leaves || machine === from);
  }

  /** Hands a datagram to a machine that nobody here sent, if its cable is in. */
  inject(name: string, { from, door, bytes }: Pick<Parcel, 'from' | 'door' | 'bytes'>): void {
    const machine = this.machines.get(name);
    if (machine === undefined || !machine.isPlugged) return;
    this.counters.sent++;
    this.arrive(machine, { number: ++this.datagrams, from, sender: '', to: machine.address, door, bytes });
  }

  /** Does something in so many ms. */
  after(ms: number, run: () => void): void {
    this.schedule(after(this.time, ms), run);
  }

  dropped(at: Machine, parcel: Parcel, why: Drop): void {
    this.counters.delivered--;
    this.counters.dropped++;
    this.trace.drops(at, parcel, why);
  }

  /** The machine with that address, whatever the port. */
  private houseAt(address: string): Machine | undefined {
    const known = this.doors.get(address);
    if (known?.address === address) return known;
    const house = this.houses.get(address.slice(0, address.lastIndexOf(':')));
    if (house?.address === address) this.doors.set(address, house);
    return house;
  }

  private dispatch(from: Machine, to: Machine, parcel: Parcel, leaves: boolean): void {
    this.counters.sent++;
    this.onDatagram?.(parcel, to.name);
    const isBroadcast = parcel.to === 'all';
    const canPass = from === to || (from.isPlugged && to.isPlugged && this.radio.connects(from.name, to.name));
    if (!leaves || !canPass) {
      this.lost(to, parcel);
      return;
    }
    const { delays, isCorrupt } = this.radio.fate(from.name, to.name, isBroadcast, this.time);
    if (delays.length === 0) this.lost(to, parcel);
    const arriving = isCorrupt
      ? { ...parcel, bytes: this.radio.corrupt(to.name, parcel.bytes), isBroken: true }
      : parcel;
    for (const delay of delays) this.schedule(after(this.time, delay), () => this.arrive(to, arriving));
  }

  private arrive(at: Machine, parcel: Parcel): void {
    // It may have been rebooted while the datagram was on its way.
    const to = at.state === 'dead' ? (this.machines.get(at.name) ?? at) : at;
    this.counters.delivered++;
    this.trace.hears(to, parcel);
    to.accept(parcel);
  }

  private lost(to: Machine, parcel: Parcel): void {
    this.counters.lost++;
    this.trace.misses(to, parcel);
  }

  /** Goes from appointment to appointment, up to and with `end`. True when `predicate` came to hold. */
  private async move(end: Instant, predicate: () => boolean): Promise<boolean> {
    if (this.isMoving) throw new Error('the world is moving already: await one run before the next');
    this.isMoving = true;
    try {
      await this.settle();
      let atOnce = 0;
      while (!predicate()) {
        const next = this.agenda.next();
        if (next === undefined || next > end) {
          this.time = end;
          return false;
        }
        atOnce = next === this.time ? atOnce + 1 : 0;
        if (atOnce > MAX_AT_ONCE) throw new Error(`time stands still at ${this.time} ms (seed ${this.seed})`);
        this.time = next;
        this.agenda.take()?.run();
        if (this.isStirred) await this.settle();
      }
      return true;
    } finally {
      this.isMoving = false;
    }
  }

  /** Lets all promises go on that can. */
  private settle(): Promise<void> {
    this.isStirred = false;
    return new Promise(++this.settled % BREATH === 0 ? turn : emptyQueue);
  }
}

/** One key for all, for as long as the world lasts. */
function worldKey(seed: number): KeySource {
  const random = new Random(seedOf(`${seed}/key`));
  const key = Uint8Array.from({ length: KEY_BYTES }, () => random.below(256));
  return { load: () => [key], watch: () => () => undefined, drop: () => undefined };
}

/** Comes when no microtask is left: Node looks at what waits for its next tick only then. */
const emptyQueue = (resolve: () => void): void => process.nextTick(resolve);
/** The same, but everything else in the process comes first. Costs ten times as much. */
const turn = (resolve: () => void): void => void setImmediate(resolve);
