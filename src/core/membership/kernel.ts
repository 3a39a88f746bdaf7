/**
 * What a kernel does for the others: it says that it is there, hands out its registry to those who ask, and
 * pushes every change to those who subscribed.
 *
 * Records go out as a chain (see `registry.ts`): whoever misses a link asks from there, so a push needs no
 * acknowledgement and a lost one costs one question.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { Address, Beacon, Event, NodeId, Query, Welcome } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Timers } from '../timers.ts';
import type { RecordLink } from './chain.ts';

export interface KernelPort {
  /** Sends to one node; an event may take several datagrams. */
  send(to: NodeId, address: Address, message: Event | Welcome): void;
  broadcast(message: Beacon): void;
  changesSince(version: number): Iterable<RecordLink>;
  version(): number;
  digest(): number;
  population(): number;
  epoch(): number;
  name(): string;
  /** ms since 1970; 0 without a clock. */
  wallClock(now: Instant): number;
}

interface Subscriber {
  readonly address: Address;
  readonly until: Instant;
}

/** Changes that are pushed between two beacons: so many for each node, and some more. Others are seen with the beacon, and asked for. */
const PUSHES_PER_NODE = 2;
const MORE_PUSHES = 30;
/** ms after a change at which a beacon out of turn shows it to the subscribers that the push did not reach, and how many such beacons. */
const NEWS_MS = 200;
const NEWS_BEACONS = 2;

export class Kernel {
  /** The highest term this kernel knows. */
  term: number;
  private readonly config: Config;
  private readonly port: KernelPort;
  private readonly subscribers = new Map<NodeId, Subscriber>();
  private readonly timers = new Timers<'beacon' | 'news'>();
  /** Beacons out of turn that are still to come. */
  private news = 0;
  /** Changes pushed since the last beacon in turn. */
  private pushes = 0;

  constructor(config: Config, term: number, port: KernelPort) {
    this.config = config;
    this.term = term;
    this.port = port;
  }

  /** The first beacon goes out at once, for the nodes that hear it answer; the second soon, for those that did not. */
  start(now: Instant): void {
    this.beaconInTurn(now);
    this.tellNews(1, now);
  }

  stop(): void {
    this.timers.clear('beacon');
    this.timers.clear('news');
    this.subscribers.clear();
  }

  /** The interval between heartbeats that keeps them within their share of the airtime, ms. */
  get heartbeatMs(): number {
    return Math.max(this.config.heartbeatFloorMs, this.config.heartbeatPerNodeMs * this.port.population());
  }

  /** Answers with the records asked for, as many as one answer holds, and a WELCOME that tells how far there is to go. */
  query(from: NodeId, address: Address, query: Query, now: Instant): void {
    if (query.subscribe) this.subscribe(from, address, now);
    const since = query.sinceEpoch === this.port.epoch() ? query.since : 0;
    let room = this.config.recordsPerAnswer;
    for (const link of this.port.changesSince(since)) {
      if (query.service !== '' && !link.node.services.some(({ name }) => name === query.service)) continue;
      if (room-- === 0) break;
      this.port.send(from, address, this.record(link, now));
    }
    this.welcome(from, address, query.nonce, 0, now);
  }

  /** Tells a node that its announcement is in the registry. */
  welcome(to: NodeId, address: Address, nonce: number, generation: number, now: Instant): void {
    this.port.send(to, address, {
      type: 'welcome',
      nonce,
      generation,
      version: this.port.version(),
      term: this.term,
      heartbeatMs: this.heartbeatMs,
      time: this.port.wallClock(now),
      name: this.port.name(),
    });
  }

  /**
   * A record changed: every subscriber hears of it now.
   *
   * @param isDoubt - its node became suspect, or is one no more. Where datagrams get lost that happens all the time, and
   * the next beacon is soon enough for those who missed it.
   */
  push(link: RecordLink, now: Instant, isDoubt = false): void {
    let event: Event | undefined;
    // Kernels that answer each other's changes with changes shall not fill the air.
    if (++this.pushes > MORE_PUSHES + PUSHES_PER_NODE * this.port.population()) return;
    for (const [id, subscriber] of this.subscribers) {
      if (subscriber.until <= now) {
        this.subscribers.delete(id);
        continue;
      }
      event ??= this.record(link, now);
      this.port.send(id, subscriber.address, event);
    }
    if (event !== undefined && !isDoubt) this.tellNews(NEWS_BEACONS, now);
  }

  /** A beacon of another kernel: it is there, and goes on listening. */
  renew(kernel: NodeId, address: Address, now: Instant): void {
    if (this.subscribers.has(kernel)) this.subscribe(kernel, address, now);
  }

  unsubscribe(node: NodeId): void {
    this.subscribers.delete(node);
  }

  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  advance(now: Instant): void {
    const due = this.timers.due(now);
    if (due.includes('beacon')) this.beaconInTurn(now);
    else if (due.length > 0) this.beacon(now);
    if (due.includes('news')) this.tellNews(this.news - 1, now);
  }

  /** So many beacons out of turn from now on; the next one when it was due anyway. */
  private tellNews(beacons: number, now: Instant): void {
    this.news = beacons;
    if (beacons > 0 && this.timers.at('news') === undefined) this.timers.set('news', after(now, NEWS_MS));
  }

  private beaconInTurn(now: Instant): void {
    this.pushes = 0;
    this.timers.set('beacon', after(now, this.config.beaconMs));
    this.beacon(now);
  }

  private beacon(now: Instant): void {
    this.port.broadcast({
      type: 'beacon',
      term: this.term,
      version: this.port.version(),
      digest: this.port.digest(),
      nodes: this.port.population(),
      beaconMs: this.config.beaconMs,
      heartbeatMs: this.heartbeatMs,
      time: this.port.wallClock(now),
      name: this.port.name(),
    });
  }

  private subscribe(node: NodeId, address: Address, now: Instant): void {
    const until = after(now, this.config.subscriptionMs);
    if (!this.subscribers.has(node) && this.subscribers.size >= this.config.maxSubscribers) {
      for (const [id, subscriber] of this.subscribers) if (subscriber.until <= now) this.subscribers.delete(id);
      // Full of living subscribers: this one sees the beacon's version and asks instead.
      if (this.subscribers.size >= this.config.maxSubscribers) return;
    }
    this.subscribers.set(node, { address, until });
  }

  private record({ node, version, previous }: RecordLink, now: Instant): Event {
    const { epoch, generation, state, abilities, protocol, intervalMs, judge, reason, load } = node;
    const { name, address, services } = node;
    return {
      type: 'event',
      version,
      previous,
      node: node.id,
      epoch,
      generation,
      state,
      abilities,
      protocol,
      intervalMs,
      silentMs: elapsed(node.heardAt, now),
      heldMs: elapsed(node.since, now),
      judge,
      reason,
      load,
      part: 0,
      parts: 1,
      name,
      address,
      services,
    };
  }
}
