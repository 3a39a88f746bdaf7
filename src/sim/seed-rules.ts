/**
 * The rules of the original MicroPython programs, to compare TDOS with: the same machines, air and faults, the same
 * datagrams (v1), another policy.
 *
 * A board announces its service by broadcast at the start and about every 31 s, and beats every 5 s. A kernel refuses a
 * service after 15 s of silence, and after three tries in a row without an answer and without a heartbeat in between;
 * a heartbeat of a service that was removed is ignored. A read is tried three times, 2 s each, and takes any datagram
 * for its answer. Nobody is ever asked or suspected.
 *
 * Here a service is removed the moment its silence reaches 15 s, as for a caller that asks all the time. A board's work
 * on its own heartbeat comes on top of the 5 s that it sleeps, so two lost ones in a row are enough.
 *
 * @module
 */
import { after, type Instant } from '../base/time.ts';
import type { ClusterEvent, Door } from '../core/model.ts';
import type { Network } from '../os/host.ts';
import type { V1Message } from '../wire/message.ts';
import { decodeV1, encodeV1, looksLikeV1 } from '../wire/v1.ts';
import type { Resident, Rules, Seat } from './cluster.ts';
import { seedOf } from './hash.ts';
import type { Machine } from './machine.ts';

/** ms, all of them; from the original's constants and its main loop. */
const HEARTBEAT_MS = 5000;
const HEARTBEAT_WORK_MS = 3;
const ANNOUNCE_MS = 31_000;
const SERVICE_TIMEOUT_MS = 15_000;
const READ_TIMEOUT_MS = 2000;
const MAX_RETRIES = 3;
/** Datagrams that wait in a client's socket while it does not read. */
const SOCKET_QUEUE = 4;

const TYPE = { announce: 1, request: 3, response: 4, heartbeat: 5 } as const;

/** What boots under these rules: a board that offers one service, or a kernel that finds and reads services. */
export interface SeedResident extends Resident {
  /** Requests that a board has carried out again, since it knows no call from another. */
  readonly repeated: number;
  /** Requests that a board has carried out, counted once a call. */
  readonly executed: number;
  /** Why services were removed, counted; kernels alone remove any. */
  readonly removals: Readonly<Record<'silence' | 'tries', number>>;
  /**
   * Reads a service. `done` is called once, within 6 s: with the value, or undefined when there is none.
   *
   * @param call - goes along in the request, so that a board can tell that it carries out a call again.
   */
  read(service: string, call: number, done: (value: number | undefined) => void): void;
  /** The address of the board that has the name of that service now. */
  ipOf(service: string): string | undefined;
}

/** A board's service has the name of its first service, or the board's own. */
export const seedRules: Rules = async (machine, seat) => {
  const resident = seat.role === 'node' ? new Board(machine, seat) : new Kernel(machine, seat);
  await resident.open();
  return resident;
};

export const isSeedResident = (resident: Resident | undefined): resident is SeedResident => resident instanceof Station;

/** What boards and kernels have in common: sockets, timers, listeners. */
abstract class Station implements SeedResident {
  readonly name: string;
  repeated = 0;
  executed = 0;
  readonly removals = { silence: 0, tries: 0 };
  protected readonly machine: Machine;
  protected network: Network | undefined;
  private readonly timers = new Set<() => void>();
  private readonly listeners = new Set<(event: ClusterEvent) => void>();
  private messages = 0;

  constructor(machine: Machine, { name }: Seat) {
    this.machine = machine;
    this.name = name;
  }

  async open(): Promise<void> {
    this.network = await this.machine.open((bytes, from, door) => {
      if (!this.listensAt(door) || !looksLikeV1(bytes)) return;
      const decoded = decodeV1(bytes, this.machine.codec);
      if (decoded.ok && decoded.protocol === 1) this.heard(decoded.message, from);
    });
    await this.started();
  }

  abstract nodes(): readonly { readonly node: string; readonly state: 'alive' }[];
  abstract read(service: string, call: number, done: (value: number | undefined) => void): void;

  ipOf(_service: string): string | undefined {
    return undefined;
  }

  on(listener: (event: ClusterEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    await this.network?.close();
    this.network = undefined;
  }

  protected abstract listensAt(door: Door): boolean;
  protected abstract started(): Promise<void>;
  protected abstract heard(message: V1Message, from: string): void;

  protected later(ms: number, run: () => void): () => void {
    return this.at(after(this.machine.now(), ms), run);
  }

  /** Does something at a moment. The returned function cancels it. */
  protected at(moment: Instant, run: () => void): () => void {
    const cancel = this.machine.timer(moment, () => {
      this.timers.delete(cancel);
      run();
    });
    this.timers.add(cancel);
    return () => {
      this.timers.delete(cancel);
      cancel();
    };
  }

  protected message(type: number, payload: V1Message['payload'], replyTo?: string): Uint8Array {
    const id = (++this.messages).toString(16).padStart(8, '0');
    const ts = this.machine.wallClock() / 1000;
    return encodeV1({ type, id, ts, payload, replyTo }, this.machine.codec) ?? new Uint8Array();
  }

  protected tell(service: string, ip: string, state: 'alive' | 'dead', reason: string): void {
    const was = state === 'dead' ? 'alive' : undefined;
    for (const listener of this.listeners)
      listener({ type: 'node', node: seedOf(service), name: service, address: ip, was, state, reason });
  }
}

/** The sensor node. */
class Board extends Station {
  private readonly service: string;
  private port = 0;
  /** The last call that each client had carried out. */
  private readonly calls = new Map<string, number>();

  constructor(machine: Machine, seat: Seat) {
    super(machine, seat);
    this.service = seat.services[0]?.name ?? seat.name;
  }

  nodes(): [] {
    return [];
  }

  read(_service: string, _call: number, done: (value: undefined) => void): void {
    done(undefined);
  }

  protected listensAt(door: Door): boolean {
    return door !== 'discovery';
  }

  protected async started(): Promise<void> {
    this.port = (await this.network?.openPort(this.service)) ?? 0;
    this.announce();
    this.beat();
  }

  protected heard({ type, id, payload }: V1Message, from: string): void {
    if (type !== TYPE.request || payload.op !== 'read') return;
    const { call } = payload;
    if (typeof call === 'number') {
      if (this.calls.get(from) === call) this.repeated += 1;
      else this.executed += 1;
      this.calls.set(from, call);
    }
    const value = (this.machine.now() / 1000) % 20;
    this.network?.send(from, this.message(TYPE.response, { value, unit: '°C' }, id), `v1:${this.service}`);
  }

  private announce(): void {
    const { service, port } = this;
    const payload = { service, port, capabilities: ['read'], sensor_type: 'simulated' };
    this.network?.broadcast(this.message(TYPE.announce, payload));
    this.later(ANNOUNCE_MS, () => this.announce());
  }

  private beat(): void {
    this.network?.broadcast(this.message(TYPE.heartbeat, { service: this.service, status: 'healthy' }));
    this.later(HEARTBEAT_MS + HEARTBEAT_WORK_MS, () => this.beat());
  }
}

interface Known {
  readonly ip: string;
  readonly port: number;
  seenAt: Instant;
  failures: number;
  forget: () => void;
}

interface Reading {
  readonly service: string;
  readonly call: number;
  readonly done: (value: number | undefined) => void;
}

/** The kernel: its registry, and one client socket, so one read at a time. */
class Kernel extends Station {
  private readonly registry = new Map<string, Known>();
  private readonly waiting: Reading[] = [];
  private readonly socket: V1Message[] = [];
  private reading: { readonly of: Reading; attempt: number; giveUp: () => void } | undefined;

  nodes(): { readonly node: string; readonly state: 'alive' }[] {
    return [...this.registry.keys()].map((node) => ({ node, state: 'alive' as const }));
  }

  read(service: string, call: number, done: (value: number | undefined) => void): void {
    this.waiting.push({ service, call, done });
    if (this.reading === undefined) this.next();
  }

  override ipOf(service: string): string | undefined {
    return this.registry.get(service)?.ip;
  }

  protected listensAt(): boolean {
    return true;
  }

  protected async started(): Promise<void> {}

  protected heard(message: V1Message, from: string): void {
    const { type, payload } = message;
    const { service, port } = payload;
    const ip = from.slice(0, from.lastIndexOf(':'));
    if (type === TYPE.announce && typeof service === 'string' && typeof port === 'number')
      this.register(service, ip, port);
    else if (type === TYPE.heartbeat && typeof service === 'string') this.beaten(service, ip);
    else if (type === TYPE.response) this.answered(message);
  }

  private register(service: string, ip: string, port: number): void {
    const known = this.registry.get(service);
    known?.forget();
    const entry: Known = { ip, port, seenAt: this.machine.now(), failures: 0, forget: () => {} };
    this.registry.set(service, entry);
    this.watch(service, entry);
    if (known === undefined) this.tell(service, ip, 'alive', 'it announced itself');
  }

  private beaten(service: string, ip: string): void {
    const known = this.registry.get(service);
    if (known?.ip !== ip) return;
    known.seenAt = this.machine.now();
    known.failures = 0;
  }

  /** Removes it once it has been silent for too long. */
  private watch(service: string, entry: Known): void {
    const due = after(entry.seenAt, SERVICE_TIMEOUT_MS);
    if (this.machine.now() >= due) this.remove(service, entry, 'silence');
    else entry.forget = this.at(due, () => this.watch(service, entry));
  }

  private remove(service: string, { ip, forget }: Known, why: 'silence' | 'tries'): void {
    forget();
    this.registry.delete(service);
    this.removals[why] += 1;
    this.tell(service, ip, 'dead', why === 'silence' ? 'it timed out' : 'it failed too many times');
  }

  private next(): void {
    const of = this.waiting.shift();
    if (of === undefined) return;
    const known = this.registry.get(of.service);
    if (known === undefined) {
      of.done(undefined);
      this.next();
      return;
    }
    this.reading = { of, attempt: 0, giveUp: () => {} };
    this.attempt(known);
  }

  /** The address is that of the beginning of the read, also when another board has taken the name since. */
  private attempt(known: Known): void {
    const { reading } = this;
    if (reading === undefined) return;
    if (reading.attempt++ === MAX_RETRIES) {
      this.finish(undefined);
      return;
    }
    const request = this.message(TYPE.request, { op: 'read', call: reading.of.call });
    this.network?.send(`${known.ip}:${known.port}`, request, 'node');
    reading.giveUp = this.later(READ_TIMEOUT_MS, () => {
      this.failed(reading.of.service);
      this.attempt(known);
    });
    const old = this.socket.shift();
    if (old !== undefined) this.answered(old);
  }

  private failed(service: string): void {
    const known = this.registry.get(service);
    if (known !== undefined && ++known.failures >= MAX_RETRIES) this.remove(service, known, 'tries');
  }

  private answered(message: V1Message): void {
    if (this.reading === undefined) {
      if (this.socket.length < SOCKET_QUEUE) this.socket.push(message);
      return;
    }
    const { value } = message.payload;
    this.finish(typeof value === 'number' ? value : undefined);
  }

  private finish(value: number | undefined): void {
    const { reading } = this;
    this.reading = undefined;
    reading?.giveUp();
    reading?.of.done(value);
    this.next();
  }
}
