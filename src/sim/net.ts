/**
 * A world in memory: many machines, one virtual clock, one network, one seed. The same seed and the same program
 * give the same run, datagram for datagram.
 *
 * Nothing happens by itself: time stands still until `run`, `until` or `finish` moves it, from one appointment
 * (a timer, a datagram's arrival) to the next. After each one the world gives promises `SETTLE_TURNS` turns of the
 * microtask queue, so that `async` code in the machines goes on at the moment at which it was woken. Code that takes
 * more turns than that without a timer goes on during the next appointment: later in order, but repeatable too.
 *
 * @module
 */
import { Random } from '../base/random.ts';
import { after, type Instant, instant } from '../base/time.ts';
import type { StoredState } from '../os/host.ts';
import type { Codec } from '../wire/message.ts';
import { Agenda } from './agenda.ts';
import { plainCodec } from './codec.ts';
import { Machine, type Parcel, type Surroundings } from './machine.ts';

export interface WorldOptions {
  /** Share of datagrams that get lost, for each receiver by itself, 0 to 1. @default 0 */
  readonly loss?: number;
  /** ms from sending to arrival. @default 0 */
  readonly latencyMs?: number;
  /** Up to so many ms more, at random, so that datagrams overtake each other. @default 0 */
  readonly jitterMs?: number;
  /** ms since 1970 at the beginning. @default 2026-01-01 */
  readonly wallClock?: number;
  /** Bytes for all machines. @default UTF-8 only, nothing deflated */
  readonly codec?: Codec;
}

/** Turns of the microtask queue after each appointment: an async generator over an awaited call takes about a dozen. */
const SETTLE_TURNS = 48;
/** Appointments at one moment after which the world is taken to go round in a circle. */
const MAX_AT_ONCE = 1_000_000;
const NEW_YEAR_2026 = 1_767_225_600_000;

export class World implements Surroundings {
  /** May be changed at any time, as may the two below. */
  loss: number;
  latencyMs: number;
  jitterMs: number;
  /** Whether a datagram from one machine (by name) can reach another: for partitions. A machine always reaches itself. */
  reaches: (from: string, to: string) => boolean = () => true;
  /** Sees every datagram as it is sent, once for each receiver, whether it arrives or not. */
  onDatagram: ((parcel: Parcel) => void) | undefined;
  /** Datagrams by fate, counted once for each receiver. */
  readonly counters = { sent: 0, lost: 0, delivered: 0 };
  readonly seed: number;
  readonly codec: Codec;

  private time: Instant = instant(0);
  private isMoving = false;
  private readonly agenda = new Agenda();
  private readonly chance: Random;
  private readonly wallClockAtZero: number;
  private readonly machines = new Map<string, Machine>();
  private readonly disks = new Map<string, { state: StoredState | undefined }>();

  constructor(seed: number, options: WorldOptions = {}) {
    this.seed = seed;
    this.loss = options.loss ?? 0;
    this.latencyMs = options.latencyMs ?? 0;
    this.jitterMs = options.jitterMs ?? 0;
    this.wallClockAtZero = options.wallClock ?? NEW_YEAR_2026;
    this.codec = options.codec ?? plainCodec();
    this.chance = new Random(seed);
  }

  now(): Instant {
    return this.time;
  }

  wallClock(): number {
    return this.wallClockAtZero + this.time;
  }

  /**
   * The machine of that name. The first call makes it; after a `kill`, the next call switches it on again, as a new
   * object with the same address and disk.
   */
  host(name: string): Machine {
    const known = this.machines.get(name);
    if (known?.state === 'running' || known?.state === 'hung') return known;
    const disk = this.disks.get(name) ?? { state: undefined };
    this.disks.set(name, disk);
    const number = known?.number ?? this.machines.size + 1;
    const life = known === undefined ? 0 : known.life + 1;
    const machine = new Machine(this, name, number, life, disk);
    this.machines.set(name, machine);
    return machine;
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

  schedule(at: Instant, run: () => void): () => void {
    const appointment = this.agenda.add(at < this.time ? this.time : at, run);
    return () => {
      appointment.cancelled = true;
    };
  }

  carry(from: Machine, fromAddress: string, to: string, bytes: Uint8Array): void {
    for (const machine of this.machines.values()) {
      const door = machine.doorAt(to);
      if (door !== undefined) this.dispatch(from, machine, { from: fromAddress, to, door, bytes: bytes.slice() });
    }
  }

  spread(from: Machine, fromAddress: string, bytes: Uint8Array): void {
    for (const machine of this.machines.values())
      this.dispatch(from, machine, { from: fromAddress, to: 'all', door: 'discovery', bytes: bytes.slice() });
  }

  private dispatch(from: Machine, to: Machine, parcel: Parcel): void {
    this.counters.sent++;
    this.onDatagram?.(parcel);
    const isLost = this.chance.unit() < this.loss;
    const delay = this.latencyMs + this.chance.unit() * this.jitterMs;
    const canPass = from === to || (this.reaches(from.name, to.name) && from.isPlugged && to.isPlugged);
    if (isLost || !canPass) {
      this.counters.lost++;
      return;
    }
    this.schedule(after(this.time, delay), () => {
      if (to.accept(parcel)) this.counters.delivered++;
      else this.counters.lost++;
    });
  }

  /** Goes from appointment to appointment, up to and with `end`. True when `predicate` came to hold. */
  private async move(end: Instant, predicate: () => boolean): Promise<boolean> {
    if (this.isMoving) throw new Error('the world is moving already: await one run before the next');
    this.isMoving = true;
    try {
      await settle();
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
        await settle();
      }
      return true;
    } finally {
      this.isMoving = false;
    }
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await undefined;
}
