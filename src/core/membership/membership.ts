/**
 * Who is in the cluster, and how they are: introduces the registry, health, joining, following and the kernel's
 * duties to each other, and takes the messages that concern them.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import { after, earliest, elapsed, type Instant } from '../../base/time.ts';
import type {
  Abilities,
  Ack,
  Address,
  Announce,
  Beacon,
  Codec,
  Event,
  Goodbye,
  Header,
  Heartbeat,
  Message,
  NodeId,
  PeerState,
  Query,
  Welcome,
} from '../../wire/message.ts';
import { splitServices } from '../../wire/parts.ts';
import type { Config } from '../config.ts';
import type { NodeRecord } from '../model.ts';
import type { Offers } from '../offers.ts';
import type { Outbox } from '../outbox.ts';
import { Timers } from '../timers.ts';
import type { BoardFacts } from '../v1/boards.ts';
import { Announcer } from './announcer.ts';
import { Errands } from './errands.ts';
import { Following } from './following.ts';
import { Health } from './health.ts';
import { Identities } from './identities.ts';
import { Joining } from './joining.ts';
import { Kernel } from './kernel.ts';
import { Mismatches } from './mismatch.ts';
import { Registry, UNANNOUNCED } from './registry.ts';
import { Verdicts } from './verdicts.ts';

export interface MembershipPort {
  /** Instances came or went: calls that wait may go on. */
  instancesChanged(now: Instant): void;
  /** Dead or left: nothing will come from it. */
  gone(node: NodeRecord, now: Instant): void;
  /** It is back after silence, or restarted. */
  back(node: NodeRecord, how: 'revived' | 'rebooted', now: Instant): void;
  forgotten(node: NodeRecord): void;
  /** This node goes on under another epoch or id. */
  reborn(now: Instant): void;
  /** A v2 node has an id that a v1 board was given. */
  makeWay(id: NodeId, now: Instant): void;
  /** Probes a v1 board, which knows no PROBE. */
  probeV1(node: NodeRecord, nonce: number): void;
  load(): number;
}

export interface MembershipOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly offers: Offers;
  readonly term: number;
  readonly wallClock: number;
  readonly startedAt: Instant;
  readonly remembered: readonly Address[];
  /** Asks only: never announces itself. */
  readonly silent: boolean;
}

/** Where this node's own record says it is; whoever gets the record from the node itself sees the real address. */
const HERE: Address = '0.0.0.0:1';
const SWEEP_MS = 10_000;
/** v1 has no epochs. */
const V1_EPOCH = 1;
/** What is known of a kernel from its beacon alone. */
const KERNEL_UNSEEN: Abilities = { kernel: true, helper: true, inflates: false, v1: false, takesKiB: 4, window: 1 };

export class Membership {
  readonly registry: Registry;
  readonly health: Health;
  private readonly options: MembershipOptions;
  private readonly port: MembershipPort;
  private readonly verdicts: Verdicts;
  private readonly announcer: Announcer;
  private readonly joining: Joining;
  private readonly following: Following;
  private readonly errands: Errands;
  private readonly identities: Identities;
  private readonly mismatches: Mismatches;
  /** Only on a kernel. */
  private readonly kernel: Kernel | undefined;
  private readonly chores = new Timers<'sweep'>();
  private now: Instant;

  constructor(options: MembershipOptions, port: MembershipPort) {
    const { config, random, outbox } = options;
    const isKernel = outbox.identity.abilities.kernel;
    this.options = options;
    this.port = port;
    this.now = options.startedAt;
    this.registry = this.makeRegistry();
    this.health = this.makeHealth();
    this.verdicts = new Verdicts({
      self: () => this.selfId,
      kernel: isKernel,
      watch: (node, now) => this.health.watch(node, now),
      watching: (id) => this.health.watching(id),
      release: (id) => this.health.release(id),
      nodes: () => this.registry.all(),
      touch: (node) => this.registry.touch(node),
      setState: (node, state, reason, since) => this.setState(node, state, reason, since),
    });
    this.announcer = new Announcer(options, random.split(), {
      generation: () => options.offers.generation,
      services: () => options.offers.list(),
      intervalMs: () => (isKernel ? config.beaconMs : this.joining.intervalMs),
      population: () => this.registry.population(),
      load: () => port.load(),
      node: (id) => this.registry.get(id),
    });
    this.joining = new Joining(config, random.split(), {
      announce: (kernel) => this.announcer.announce(kernel),
      heartbeat: (kernel, intervalMs, lease) => this.announcer.heartbeat(kernel, intervalMs, lease),
      generation: () => options.offers.generation,
      population: () => this.registry.population(),
      judgeChanged: (kernel, was) => this.judgeChanged(kernel, was),
    });
    const query = this.announcer.query.bind(this.announcer);
    this.following = new Following(config, random.split(), { query }, isKernel);
    this.errands = new Errands(config, random.split(), {
      probe: (address, nonce) => outbox.send(address, { type: 'probe', nonce }),
      vouch: (to, nonce, epoch) => outbox.send(to, { type: 'ack', id: nonce, kind: 'vouched', value: epoch }),
    });
    this.mismatches = new Mismatches(config, outbox);
    this.identities = new Identities(random.split(), outbox, (was) => this.identityChanged(was));
    if (isKernel) this.kernel = this.makeKernel();
  }

  /** Takes the first steps: kernels show themselves, other nodes announce and look for one. */
  start(now: Instant): void {
    this.now = now;
    this.recordSelf(now);
    this.chores.set('sweep', after(now, SWEEP_MS));
    if (this.kernel !== undefined) {
      this.kernel.start(now);
      this.follow(now);
    } else if (!this.options.silent) {
      this.joining.start(this.options.remembered.length === 0 ? 1 : 8, now);
    }
  }

  follow(now: Instant): void {
    this.now = now;
    this.following.start(now);
  }

  /** The kernel this node reports to, or follows; a kernel has itself. */
  currentKernel(): NodeRecord | undefined {
    if (this.kernel !== undefined) return this.registry.get(this.selfId);
    const judge = this.registry.get(this.joining.judge ?? 0);
    if (judge !== undefined) return judge;
    for (const node of this.registry.all()) if (this.following.follows(node.id)) return node;
    return undefined;
  }

  /** Everything that the kernels in reach know is here. */
  get complete(): boolean {
    return this.following.complete;
  }

  /** This node's own offers changed. */
  offersChanged(withdrawn: readonly string[], now: Instant): void {
    this.now = now;
    this.recordSelf(now);
    const heard = this.kernel === undefined && !this.options.silent;
    if (withdrawn.length > 0 && heard) this.announcer.goodbye(withdrawn, this.joining.judge);
    this.joining.changed(now);
  }

  lease(ms: number, now: Instant): void {
    this.joining.lease(ms, now);
  }

  leave(now: Instant): void {
    this.now = now;
    if (!this.options.silent) this.announcer.goodbye(undefined, this.joining.judge);
    this.joining.stop();
    this.following.stop();
    this.kernel?.stop();
  }

  /**
   * Notes who sent a datagram: a sign of life, a reboot, a move, a twin.
   * @returns false when the datagram must not be taken further.
   */
  meet(header: Header, from: Address, now: Instant): boolean {
    this.now = now;
    if (header.sender === this.selfId) {
      this.identities.heardOwnId(header.epoch, from);
      return false;
    }
    const node = this.registry.get(header.sender);
    if (node === undefined || node.abilities.v1) return true;
    if (header.epoch < node.epoch) {
      if (node.judge === this.selfId) this.identities.heardOldEpoch(node, header.sequence, from, now);
      return false;
    }
    if (header.epoch === node.epoch && from !== node.address) this.identities.moved(node, header.sequence, from, now);
    this.registry.heardFrom(node, header.epoch, from, now);
    this.health.heard(node, now);
    return true;
  }

  /** @returns false for a message that does not concern the cluster. */
  take(header: Header, from: Address, message: Message, now: Instant): boolean {
    switch (message.type) {
      case 'announce':
        this.announced(header, from, message, now);
        return true;
      case 'query':
        this.queried(header, from, message, now);
        return true;
      case 'heartbeat':
        this.beat(header, from, message, now);
        return true;
      case 'goodbye':
        this.saidGoodbye(header, message, now);
        return true;
      case 'probe':
        this.options.outbox.send(from, { type: 'ack', id: message.nonce, kind: 'alive', value: 0 });
        return true;
      case 'probe-request':
        this.errands.take(from, message, now);
        return true;
      case 'challenge':
        this.identities.challenged(message, from, now);
        return true;
      case 'welcome':
        this.welcomed(header, from, message, now);
        return true;
      case 'event':
        this.told(header, from, message, now);
        return true;
      case 'beacon':
        this.heardBeacon(header, from, message, now);
        return true;
      case 'ack':
        return this.acknowledged(header, message, now);
      default:
        return false;
    }
  }

  /** A board that speaks v1 gave a sign of life. */
  heardBoard({ id, address, announce }: BoardFacts, changed: boolean, now: Instant): void {
    this.now = now;
    if (this.kernel === undefined && !this.following.active) return;
    if (changed || this.registry.get(id) === undefined) this.registry.announced(id, V1_EPOCH, address, announce, now);
    const node = this.registry.get(id);
    if (node === undefined) return;
    if (this.kernel !== undefined) this.verdicts.claim(node, now);
    if (node.state === 'left') this.health.revive(node, now, 'it is back');
    this.health.heard(node, now);
  }

  nextWake(): Instant | undefined {
    let wake = earliest(this.health.nextWake(), this.joining.nextWake());
    wake = earliest(wake, earliest(this.following.nextWake(), this.errands.nextWake()));
    wake = earliest(wake, earliest(this.announcer.nextWake(), this.chores.next()));
    return earliest(wake, this.kernel?.nextWake());
  }

  advance(now: Instant): void {
    this.now = now;
    this.health.advance(now);
    this.joining.advance(now);
    this.following.advance(now);
    this.errands.advance(now);
    this.kernel?.advance(now);
    this.announcer.advance(now);
    if (this.chores.due(now).length === 0) return;
    this.registry.sweep(now);
    this.announcer.sweep();
    this.chores.set('sweep', after(now, SWEEP_MS));
  }

  private get selfId(): NodeId {
    return this.options.outbox.identity.id;
  }

  // What came in.

  private announced(header: Header, from: Address, said: Announce, now: Instant): void {
    if (this.mismatches.refuses(said, from, now)) return;
    const wanted = this.kernel !== undefined || this.following.active || this.registry.get(header.sender) !== undefined;
    if (!wanted) return;
    const node = this.registry.announced(header.sender, header.epoch, from, said, now);
    if (node === undefined) return;
    this.health.promised(node, said.intervalMs, false, now);
    if (this.kernel === undefined) return;
    if (header.addressed) this.verdicts.claim(node, now);
    this.kernel.welcome(from, said.nonce, said.generation, now);
  }

  private queried(header: Header, from: Address, query: Query, now: Instant): void {
    if (this.kernel !== undefined) this.kernel.query(header.sender, from, query, now);
    else if (this.options.silent) return;
    // Where a kernel is heard, it answers for all, except to another kernel.
    else if (header.addressed || query.kernel || this.joining.judge === undefined)
      this.announcer.answer(from, query, header.addressed, now);
    if (query.kernel) this.askedByKernel(header, from, now);
  }

  /** A kernel that asks is as good as its beacon, if that was lost: the answer may be lost too, and joining repeats it. */
  private askedByKernel(header: Header, from: Address, now: Instant): void {
    const kernel = this.kernel === undefined ? this.kernelRecord(header, from, now) : undefined;
    const { maxNodes } = this.options.config;
    if (kernel !== undefined) this.joining.heardKernel(kernel.id, this.joining.intervalMs, maxNodes, now);
  }

  private beat(header: Header, from: Address, heartbeat: Heartbeat, now: Instant): void {
    const node = this.registry.get(header.sender);
    if (node?.generation !== heartbeat.generation) {
      const mine = this.kernel !== undefined || (this.following.active && this.currentKernel() === undefined);
      if (mine) this.announcer.ask(header.sender, from, now);
    }
    if (node === undefined) return;
    // A goodbye is the last word, unless someone else said it in this node's name.
    const stays = node.state === 'left' && elapsed(node.since, now) > this.options.config.flightMs;
    if (stays) this.health.revive(node, now, 'it is still here');
    this.health.promised(node, heartbeat.intervalMs, heartbeat.lease, now);
    node.load = heartbeat.load;
    if (this.kernel !== undefined && header.addressed) this.verdicts.claim(node, now);
  }

  private saidGoodbye(header: Header, { services, generation }: Goodbye, now: Instant): void {
    const node = this.registry.get(header.sender);
    if (node === undefined) return;
    if (services !== undefined) this.registry.withdrawn(node, services, generation);
    else if (node.state !== 'left') this.setState(node, 'left', 'it said goodbye', now);
  }

  private welcomed(header: Header, from: Address, welcome: Welcome, now: Instant): void {
    const kernel = this.kernelRecord(header, from, now);
    if (kernel === undefined) return;
    if (welcome.generation > 0) this.joining.welcomed(kernel.id, welcome.generation, welcome.heartbeatMs, now);
    else this.joining.heardKernel(kernel.id, welcome.heartbeatMs, 1, now);
    this.following.welcomed(kernel.id, kernel.epoch, welcome.version, now);
  }

  private heardBeacon(header: Header, from: Address, beacon: Beacon, now: Instant): void {
    const kernel = this.kernelRecord(header, from, now);
    if (kernel === undefined) return;
    this.health.promised(kernel, beacon.beaconMs, false, now);
    if (this.kernel !== undefined) this.kernel.term = Math.max(this.kernel.term, beacon.term);
    this.joining.heardKernel(kernel.id, beacon.heartbeatMs, beacon.nodes, now);
    this.following.heardKernel(kernel.id, kernel.epoch, beacon.version, now);
  }

  /** A kernel's record of a node. */
  private told(header: Header, from: Address, event: Event, now: Instant): void {
    const teller = this.following.active ? this.kernelRecord(header, from, now) : undefined;
    if (teller === undefined) return;
    const { epoch } = this.options.outbox.identity;
    if (event.node === this.selfId) {
      if (event.epoch === epoch && event.state !== 'alive') this.joining.refute(now);
      this.following.linked(teller.id, teller.epoch, event, now);
      return;
    }
    if (this.following.isOld(teller.id, teller.epoch, event.version, event.node)) return;
    if (!event.abilities.v1) this.port.makeWay(event.node, now);
    const node = this.registry.recorded(event, this.addressIn(event, header.sender, from), now);
    if (node === undefined) return;
    this.following.linked(teller.id, teller.epoch, event, now);
    if (node !== 'full' && node.epoch === event.epoch) this.verdicts.adopt(node, teller, event, now);
  }

  private acknowledged(header: Header, { kind, id }: Ack, now: Instant): boolean {
    if (kind !== 'alive' && kind !== 'vouched') return false;
    this.health.answered(id, now);
    if (kind === 'alive') this.errands.answered(id, header.sender, header.epoch);
    return true;
  }

  // What changed.

  private appeared(node: NodeRecord, how: 'new' | 'rebooted' | 'moved', now: Instant): void {
    if (node.id === this.selfId || how === 'moved') return;
    if (node.judge === this.selfId) this.health.watch(node, now);
    if (how === 'new') {
      this.report(node, undefined, 'heard for the first time');
      return;
    }
    this.health.revive(node, now, 'it restarted');
    this.port.back(node, 'rebooted', now);
    if (!node.abilities.kernel) return;
    this.adoptOrphans(node.id, now);
    this.joining.lost(node.id, node.id, now);
  }

  /** States that this node did not judge itself: a goodbye, another's verdict. */
  private setState(node: NodeRecord, state: PeerState, reason: string, since: Instant): void {
    const was = node.state;
    node.state = state;
    node.since = since;
    if (state === 'left') this.health.release(node.id);
    this.stateChanged(node, was, reason);
  }

  private stateChanged(node: NodeRecord, was: PeerState, reason: string): void {
    const { now } = this;
    this.report(node, was, reason);
    this.registry.touch(node);
    if (node.state === 'alive') {
      this.port.back(node, 'revived', now);
      this.port.instancesChanged(now);
    } else if (node.state !== 'suspect') {
      this.port.gone(node, now);
      this.kernel?.unsubscribe(node.id);
      if (node.abilities.kernel) this.kernelLost(node.id, now);
    }
  }

  private kernelLost(kernel: NodeId, now: Instant): void {
    this.adoptOrphans(kernel, now);
    let next: NodeId | undefined;
    for (const node of this.registry.all())
      if (node.abilities.kernel && node.state === 'alive' && node.id !== this.selfId) next ??= node.id;
    this.joining.lost(kernel, next, now);
    this.following.lost(kernel, now);
  }

  private adoptOrphans(kernel: NodeId, now: Instant): void {
    if (this.following.active) this.verdicts.adoptOrphans(kernel, now);
  }

  private serviceChanged(node: NodeRecord, service: string, change: 'offered' | 'withdrawn'): void {
    this.options.outbox.event({ type: 'service', service, node: node.id, name: node.name, change });
    if (change === 'offered') this.port.instancesChanged(this.now);
  }

  private judgeChanged(kernel: NodeId | undefined, was: NodeId | undefined): void {
    const node = kernel ?? was ?? 0;
    const change = kernel === undefined ? 'lost' : 'joined';
    this.options.outbox.event({ type: 'kernel', node, name: this.registry.get(node)?.name ?? '', change });
  }

  private identityChanged(was: NodeId): void {
    const { id, epoch } = this.options.outbox.identity;
    if (was !== id) {
      this.registry.forget(was);
      for (const node of this.registry.all()) if (node.judge === was) node.judge = id;
      this.following.startOver(this.now);
    }
    this.options.outbox.push({ type: 'store', id, epoch, term: this.kernel?.term ?? this.options.term });
    this.recordSelf(this.now);
    this.joining.changed(this.now);
    this.port.reborn(this.now);
  }

  private report(node: NodeRecord, was: PeerState | undefined, reason: string): void {
    const { id, name, address, state } = node;
    this.options.outbox.event({ type: 'node', node: id, name, address, was, state, reason });
  }

  // Records.

  /** Where a record says that its node is. A kernel, whose beacons all hear, is where it was heard. */
  private addressIn(event: Event, teller: NodeId, from: Address): Address {
    if (event.node === teller) return from;
    const node = this.registry.get(event.node);
    const heard = node?.epoch === event.epoch && node.abilities.kernel && this.health.watching(node.id);
    return heard ? node.address : event.address;
  }

  private recordSelf(now: Instant): void {
    if (this.options.silent) return;
    const { id, epoch } = this.options.outbox.identity;
    this.registry.announced(id, epoch, HERE, this.announcer.announcement(0), now);
  }

  /** The record of a kernel that speaks to us, made from what its datagram shows when it is the first. */
  private kernelRecord({ sender: id, epoch }: Header, address: Address, now: Instant): NodeRecord | undefined {
    const intervalMs = this.options.config.beaconMs;
    const node = this.registry.glimpse({ id, epoch, address, abilities: KERNEL_UNSEEN, intervalMs }, this.selfId, now);
    if (node !== undefined) this.verdicts.claim(node, now);
    return node;
  }

  private helpers(except: NodeId): readonly NodeRecord[] {
    const found: NodeRecord[] = [];
    for (const node of this.registry.all()) {
      const able = node.abilities.helper && !node.abilities.v1 && node.generation !== UNANNOUNCED;
      if (able && node.state === 'alive' && node.id !== except && node.id !== this.selfId) found.push(node);
    }
    return found;
  }

  // Introductions.

  private makeRegistry(): Registry {
    return new Registry(() => this.selfId, this.options.config, this.options.codec, {
      appeared: (node, how, now) => this.appeared(node, how, now),
      offered: (node, service) => this.serviceChanged(node, service, 'offered'),
      withdrawn: (node, service) => this.serviceChanged(node, service, 'withdrawn'),
      touched: (node, version, previous) => this.kernel?.push({ node, version, previous }, this.now),
      forgotten: (node) => {
        this.health.release(node.id);
        this.port.forgotten(node);
      },
    });
  }

  private makeHealth(): Health {
    const { config, random, outbox } = this.options;
    return new Health(config, random.split(), {
      changed: (node, was, reason) => this.stateChanged(node, was, reason),
      probe: (node, nonce) => {
        if (node.abilities.v1) this.port.probeV1(node, nonce);
        else outbox.send(node.address, { type: 'probe', nonce });
      },
      probeThrough: (helper, node, nonce) =>
        outbox.send(helper.address, { type: 'probe-request', nonce, target: node.id, address: node.address }),
      helpers: (except) => this.helpers(except),
      doubted: (reason) => outbox.event({ type: 'self-doubt', reason }),
    });
  }

  private makeKernel(): Kernel {
    const { config, codec, outbox, term, wallClock, startedAt } = this.options;
    return new Kernel(config, term, {
      send: (to, message) => {
        const parts = message.type === 'welcome' ? [message] : splitServices(message, codec);
        for (const part of parts) outbox.send(to, part);
      },
      broadcast: (beacon) => outbox.broadcast(beacon),
      changesSince: (version) => this.registry.changesSince(version),
      version: () => this.registry.version,
      digest: () => this.registry.digest(),
      population: () => this.registry.population(),
      epoch: () => outbox.identity.epoch,
      wallClock: (now) => (wallClock === 0 ? 0 : wallClock + elapsed(startedAt, now)),
    });
  }
}
