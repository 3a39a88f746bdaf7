/**
 * What this node says of itself to the cluster: announcements, heartbeats, goodbyes, and the questions it asks.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import { after, elapsed, type Instant } from '../../base/time.ts';
import { encodeBody } from '../../wire/body-writer.ts';
import type { Codec } from '../../wire/codec.ts';
import { HEADER_BYTES, TAG_BYTES } from '../../wire/limits.ts';
import {
  type Address,
  type Announce,
  type NodeId,
  PROTOCOL,
  type Query,
  type ServiceOffer,
} from '../../wire/message.ts';
import { splitServices } from '../../wire/parts.ts';
import type { Config } from '../config.ts';
import type { NodeRecord } from '../model.ts';
import { type Outbox, UNKNOWN } from '../outbox.ts';
import { Timers } from '../timers.ts';

export interface AnnouncerPort {
  generation(): number;
  services(): readonly ServiceOffer[];
  /** The interval between signs of life that this node promises now, ms. */
  intervalMs(): number;
  population(): number;
  load(): number;
  /** Where a node can be reached, if it is known. */
  node(id: NodeId): NodeRecord | undefined;
}

export interface AnnouncerOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly outbox: Outbox;
  /** Kernels of the last run, asked directly beside the broadcast. */
  readonly remembered: readonly Address[];
}

/** Where to, and whom one expects there. */
interface Receiver {
  readonly id: NodeId;
  readonly address: Address;
}

/** Bytes of a sealed datagram around its body. */
const OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;
/** ms between two questions to one node about what it offers. */
const ASK_AGAIN_MS = 200;

export class Announcer {
  private readonly options: AnnouncerOptions;
  private readonly random: Random;
  private readonly port: AnnouncerPort;
  /** Answers to broadcast questions, held back so that not all come at once, and the nonces they echo. */
  private readonly answers = new Timers<NodeId>();
  private readonly askers = new Map<NodeId, Receiver & { readonly nonce: number }>();
  /** When each node was asked what it offers. */
  private readonly asked = new Map<NodeId, Instant>();

  constructor(options: AnnouncerOptions, random: Random, port: AnnouncerPort) {
    this.options = options;
    this.random = random;
    this.port = port;
  }

  /** The whole announcement, in one piece. */
  announcement(nonce: number): Announce {
    const { name, abilities } = this.options.outbox.identity;
    return {
      type: 'announce',
      nonce,
      generation: this.port.generation(),
      part: 0,
      parts: 1,
      protocol: PROTOCOL,
      abilities,
      intervalMs: Math.round(this.port.intervalMs()),
      name,
      services: this.port.services(),
    };
  }

  /** To one kernel, or to everybody. */
  announce(kernel: NodeId | undefined): void {
    this.sendAnnouncement(this.nodeOf(kernel), 0);
  }

  /** To one node, which does not know this one yet. @returns the bytes of it; 0 when it takes more than `maxBytes`. */
  announceTo(id: NodeId, address: Address, nonce: number, maxBytes: number): number {
    const parts = splitServices(this.announcement(nonce), this.options.codec);
    const bytes = parts.reduce((sum, part) => sum + encodeBody(part, this.options.codec).length + OVERHEAD_BYTES, 0);
    if (bytes > maxBytes) return 0;
    for (const part of parts) this.options.outbox.send(id, address, part);
    return bytes;
  }

  /** Answers a question: at once when it was put to this node alone, else after some jitter. */
  answer(asker: NodeId, address: Address, query: Query, alone: boolean, now: Instant): void {
    const { config } = this.options;
    const { port } = this;
    if (query.service !== '' && !port.services().some(({ name }) => name === query.service)) return;
    if (alone) {
      this.sendAnnouncement({ id: asker, address }, query.nonce);
      return;
    }
    if (this.answers.size >= config.maxErrands) return;
    const spread = Math.min(config.jitterMaxMs, config.jitterPerNodeMs * port.population());
    this.askers.set(asker, { id: asker, address, nonce: query.nonce });
    this.answers.set(asker, after(now, this.random.unit() * spread));
  }

  heartbeat(kernel: NodeId | undefined, intervalMs: number, lease: boolean): void {
    const { outbox } = this.options;
    const { port } = this;
    const beat = {
      type: 'heartbeat',
      generation: port.generation(),
      intervalMs: Math.round(intervalMs),
      lease,
      load: port.load(),
    } as const;
    const to = this.nodeOf(kernel);
    if (to === undefined) outbox.broadcast(beat);
    else outbox.send(to.id, to.address, beat);
  }

  /** The node leaves, or withdraws services: the kernel hears it directly, others only when the whole node leaves. */
  goodbye(services: readonly string[] | undefined, kernel: NodeId | undefined): void {
    const { outbox } = this.options;
    const message = { type: 'goodbye', generation: this.port.generation(), services } as const;
    const to = this.nodeOf(kernel);
    if (to !== undefined) outbox.send(to.id, to.address, message);
    if (to === undefined || services === undefined) outbox.broadcast(message);
  }

  /** Asks a kernel for its records since, or everybody for all. */
  query(kernel: NodeId | undefined, nonce: number, sinceEpoch: number, since: number): void {
    const { outbox, remembered } = this.options;
    const to = this.nodeOf(kernel);
    const query = { ...this.question(nonce), subscribe: true, sinceEpoch, since };
    if (to !== undefined) {
      outbox.send(to.id, to.address, query);
      return;
    }
    outbox.broadcast(query);
    for (const address of remembered) outbox.send(UNKNOWN, address, query);
  }

  /** Asks a node for all that it knows, now and later. */
  subscribe(id: NodeId, address: Address): void {
    this.options.outbox.send(id, address, { ...this.question(this.random.id()), subscribe: true });
  }

  /** Asks a node what it offers, not more often than it could answer. */
  ask(id: NodeId, address: Address, now: Instant): void {
    const before = this.asked.get(id);
    if (before !== undefined && elapsed(before, now) < ASK_AGAIN_MS) return;
    if (before === undefined && this.asked.size >= this.options.config.maxNodes) return;
    this.asked.set(id, now);
    this.options.outbox.send(id, address, this.question(this.random.id()));
  }

  /** That node was asked what it offers, by itself and not long ago. */
  hasAsked(id: NodeId): boolean {
    return this.asked.has(id);
  }

  /** Who was asked is forgotten now and then. */
  sweep(): void {
    this.asked.clear();
  }

  nextWake(): Instant | undefined {
    return this.answers.next();
  }

  advance(now: Instant): void {
    for (const id of this.answers.due(now)) {
      const asker = this.askers.get(id);
      this.askers.delete(id);
      if (asker !== undefined) this.sendAnnouncement(asker, asker.nonce);
    }
  }

  private question(nonce: number): Query {
    const { kernel } = this.options.outbox.identity.abilities;
    return { type: 'query', nonce, kernel, subscribe: false, sinceEpoch: 0, since: 0, service: '' };
  }

  private sendAnnouncement(to: Receiver | undefined, nonce: number): void {
    const { outbox, codec } = this.options;
    for (const part of splitServices(this.announcement(nonce), codec)) {
      if (to === undefined) outbox.broadcast(part);
      else outbox.send(to.id, to.address, part);
    }
  }

  private nodeOf(id: NodeId | undefined): NodeRecord | undefined {
    return id === undefined ? undefined : this.port.node(id);
  }
}
