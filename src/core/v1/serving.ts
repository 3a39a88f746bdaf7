/**
 * This node's services as the original programs see them. A v1 request names no service, so each has a port of its own;
 * announcements and heartbeats go out by broadcast, marked with `tdos` so that other nodes do not take us for a board.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import { after, earliest, elapsed, type Instant, instant } from '../../base/time.ts';
import { isObject } from '../../wire/checks.ts';
import type { Address, NodeId, ServiceOffer, V1Message } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { type Door, operationOf, type Result } from '../model.ts';
import { Timers } from '../timers.ts';

type Draft = Omit<V1Message, 'ts'>;

export interface BoardWork {
  readonly service: string;
  readonly op: string;
  readonly args: unknown;
  /** Always 0: a v1 caller has no id. */
  readonly client: NodeId;
  readonly leftMs: number;
}

export interface BoardServingPort {
  openPort(service: string): void;
  closePort(service: string): void;
  /** @returns false when it does not fit a datagram; then nothing is sent. */
  send(to: Address, message: Draft, door: Door): boolean;
  broadcast(message: Draft): void;
  /** Run it, and say `answer(execution, …)` when it is done. Executions are numbered -1, -2, …, unlike those of v2. */
  execute(execution: number, work: BoardWork): void;
}

interface Opened {
  readonly offer: ServiceOffer;
  /** Undefined until the host says which it became. */
  port: number | undefined;
  queriedAt: Instant | undefined;
  /** ms until the announcement after the next: it doubles. */
  pauseMs: number;
}

/** A request; unsafe ones are remembered to answer repeats. */
interface Entry {
  readonly key: string;
  readonly from: Address;
  readonly id: string;
  readonly door: Door;
  readonly safe: boolean;
  readonly since: Instant;
  answer: Draft | undefined;
}

const ANNOUNCE = 1;
const QUERY = 2;
const REQUEST = 3;
const RESPONSE = 4;
const HEARTBEAT = 5;
const ERROR = 6;

/** ms: the original caller waits so long, and takes whatever comes later for the answer to its next question. */
const WAIT_MS = 2000;
/** ms that an unsafe request is remembered. */
const REMEMBER_MS = 10_000;
/** ms between broadcasts of one service that queries ask for: nobody may turn us into a storm. */
const QUERY_PACE_MS = 1000;
/** ms between the first two announcements of what is new; from there it doubles, since nobody says that one was lost. */
const FIRST_PAUSE_MS = 1000;
/** ms between broadcasts of several services: a board keeps as few as four datagrams, and looks at them between its other work. */
const SLOT_MS = 50;

export class BoardServing {
  private readonly config: Config;
  private readonly random: Random;
  private readonly port: BoardServingPort;
  private readonly opened = new Map<string, Opened>();
  private readonly announcing = new Timers<string>();
  private readonly beating = new Timers<string>();
  private readonly running = new Map<number, Entry>();
  private readonly unsafe = new Map<string, Entry>();
  private readonly expiry = new Timers<number | string>();
  private executions = 0;
  private lastSlot = instant(Number.NEGATIVE_INFINITY);

  constructor(config: Config, random: Random, port: BoardServingPort) {
    this.config = config;
    this.random = random;
    this.port = port;
  }

  /** Requests remembered and under way. */
  get size(): number {
    return this.running.size + this.unsafe.size;
  }

  /** A service is offered, or has changed. */
  offered(offer: ServiceOffer, now: Instant): void {
    const known = this.opened.get(offer.name);
    const service: Opened = { offer, port: known?.port, queriedAt: undefined, pauseMs: FIRST_PAUSE_MS };
    this.opened.set(offer.name, service);
    if (known === undefined) this.port.openPort(offer.name);
    else this.announce(service, now);
  }

  withdrawn(name: string): void {
    if (!this.opened.delete(name)) return;
    this.announcing.clear(name);
    this.beating.clear(name);
    this.port.closePort(name);
  }

  /** The host has opened the port of a service. */
  portOpened(name: string, port: number, now: Instant): void {
    const service = this.opened.get(name);
    if (service === undefined) return;
    service.port = port;
    const slot = this.slot(now);
    this.announcing.set(name, slot);
    this.beating.set(name, slot);
  }

  /** Takes a query, or a request that came in by the door of `service`; false for anything else. */
  receive(message: V1Message, from: Address, service: string | undefined, now: Instant): boolean {
    if (message.type === QUERY) return this.queried(message, from, now);
    const opened = service === undefined ? undefined : this.opened.get(service);
    if (message.type !== REQUEST || opened === undefined) return false;
    this.requested(message, from, opened.offer, now);
    return true;
  }

  /** An execution ended; those of others are ignored. What comes too late is kept for repeats, but not sent. */
  answer(execution: number, result: Result, now: Instant): void {
    const entry = this.running.get(execution);
    if (entry === undefined) return;
    this.running.delete(execution);
    this.expiry.clear(execution);
    entry.answer = result.ok ? this.response(entry.id, result.value) : this.error(entry.id, result.message);
    if (elapsed(entry.since, now) < WAIT_MS) this.send(entry);
  }

  advance(now: Instant): void {
    for (const name of this.announcing.due(now)) this.withService(name, (service) => this.announce(service, now));
    for (const name of this.beating.due(now)) this.withService(name, (service) => this.beat(service, now));
    for (const key of this.expiry.due(now)) {
      if (typeof key === 'number') this.running.delete(key);
      else this.unsafe.delete(key);
    }
  }

  /** May be early, never late. */
  nextWake(): Instant | undefined {
    return earliest(this.expiry.next(), earliest(this.announcing.next(), this.beating.next()));
  }

  private withService(name: string, run: (service: Opened) => void): void {
    const service = this.opened.get(name);
    if (service !== undefined) run(service);
  }

  /** When the next broadcast about a service may go out. */
  private slot(now: Instant): Instant {
    const next = after(this.lastSlot, SLOT_MS);
    this.lastSlot = next > now ? next : now;
    return this.lastSlot;
  }

  private announce(service: Opened, now: Instant): void {
    if (service.port === undefined) return;
    this.port.broadcast(this.announcement(service, undefined));
    this.announcing.set(service.offer.name, after(now, service.pauseMs));
    service.pauseMs = Math.min(2 * service.pauseMs, this.config.v1AnnounceMs);
  }

  private beat({ offer }: Opened, now: Instant): void {
    this.port.broadcast(this.draft(HEARTBEAT, { service: offer.name, status: 'healthy', tdos: 2 }));
    this.beating.set(offer.name, after(now, this.config.v1HeartbeatMs));
  }

  private announcement({ offer, port }: Opened, replyTo: string | undefined): Draft {
    const capabilities = offer.capabilities.map((capability) => capability.replace('!', ''));
    const kind = offer.labels.sensor_type ?? 'tdos';
    return this.draft(ANNOUNCE, { service: offer.name, port, capabilities, sensor_type: kind, tdos: 2 }, replyTo);
  }

  /** Nodes of v2 mark their queries: they find us without this. */
  private queried({ id, payload }: V1Message, from: Address, now: Instant): boolean {
    if (payload.tdos !== undefined) return false;
    const wanted = payload.service;
    for (const [name, service] of this.opened) {
      if (service.port === undefined || (typeof wanted === 'string' && wanted !== '' && wanted !== name)) continue;
      this.port.send(from, this.announcement(service, id), `v1:${name}`);
      if (service.queriedAt !== undefined && elapsed(service.queriedAt, now) < QUERY_PACE_MS) continue;
      service.queriedAt = now;
      this.announcing.set(name, this.slot(now));
    }
    return true;
  }

  private requested({ id, payload }: V1Message, from: Address, offer: ServiceOffer, now: Instant): void {
    const { op, args } = payload;
    const kind = typeof op === 'string' ? operationOf(offer, op) : undefined;
    const door: Door = `v1:${offer.name}`;
    const key = `${from}/${id}/${offer.name}`;
    const entry: Entry = { key, from, id, door, safe: kind === 'safe', since: now, answer: undefined };
    const known = this.unsafe.get(key);
    if (known !== undefined) {
      if (known.answer !== undefined) this.send(known);
    } else if (typeof op !== 'string' || kind === undefined) {
      this.port.send(from, this.error(id, 'Unknown operation'), door);
    } else if (!this.remember(entry, now)) {
      this.port.send(from, this.error(id, 'Busy: too many requests at once'), door);
    } else {
      this.port.execute(-this.executions, { service: offer.name, op, args, client: 0, leftMs: WAIT_MS });
    }
  }

  /** False when there is no room. */
  private remember(entry: Entry, now: Instant): boolean {
    if (this.running.size >= this.config.maxSafe) return false;
    if (!entry.safe) {
      if (this.unsafe.size >= this.config.maxUnsafe) return false;
      this.unsafe.set(entry.key, entry);
      this.expiry.set(entry.key, after(now, REMEMBER_MS));
    }
    this.executions += 1;
    this.running.set(-this.executions, entry);
    this.expiry.set(-this.executions, after(now, REMEMBER_MS));
    return true;
  }

  private send({ answer, from, id, door }: Entry): void {
    if (answer === undefined || this.port.send(from, answer, door)) return;
    this.port.send(from, this.error(id, 'The answer does not fit one datagram'), door);
  }

  /** What is no object becomes one, since the original caller asks for its `value`. */
  private response(id: string, value: unknown): Draft {
    return this.draft(RESPONSE, isObject(value) ? value : { value: value ?? null }, id);
  }

  private error(id: string, error: string): Draft {
    return this.draft(ERROR, { error }, id);
  }

  private draft(type: number, payload: V1Message['payload'], replyTo?: string): Draft {
    return { type, id: this.random.u32().toString(16).padStart(8, '0'), payload, replyTo };
  }
}
