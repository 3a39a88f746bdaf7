/**
 * Who is in the cluster, and how they are: introduces the registry, health, joining, following and the kernel's
 * duties to each other, and takes the messages that concern them.
 *
 * Whose verdict counts: a node is judged by the one that hears its heartbeats. Kernels tell each other and their
 * followers; a verdict is taken from its judge alone. A kernel is judged by everyone, from its beacons. When a
 * kernel is lost or has restarted, whoever relied on it judges its nodes itself until another kernel claims them.
 *
 * @module
 */
import type { Random } from '../base/random.ts';
import { after, earliest, elapsed, type Instant } from '../base/time.ts';
import type {
  Abilities,
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
} from '../wire/message.ts';
import { PROTOCOL } from '../wire/message.ts';
import { splitServices } from '../wire/parts.ts';
import type { Config } from './config.ts';
import { Errands } from './errands.ts';
import { Following } from './following.ts';
import { Health } from './health.ts';
import { Identities } from './identities.ts';
import { Joining } from './joining.ts';
import { Kernel } from './kernel.ts';
import type { BoardFacts } from './legacy.ts';
import type { NodeRecord } from './model.ts';
import type { Offers } from './offers.ts';
import type { Outbox } from './outbox.ts';
import { Registry, UNANNOUNCED } from './registry.ts';
import { Timers } from './timers.ts';

export interface MembershipPort {
  /** Instances came or went: calls that wait may go on. */
  instancesChanged(now: Instant): void;
  /** Dead or left: nothing will come from it. */
  gone(node: NodeRecord, now: Instant): void;
  /** It is back after silence, or restarted. */
  back(node: NodeRecord, how: 'revived' | 'rebooted', now: Instant): void;
  forgotten(node: NodeRecord): void;
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
/** ms between two questions to one node about what it offers. */
const ASK_AGAIN_MS = 200;
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
  private readonly joining: Joining;
  private readonly following: Following;
  private readonly errands: Errands;
  private readonly identities: Identities;
  /** Only on a kernel. */
  private readonly kernel: Kernel | undefined;
  /** Answers to broadcast questions, held back so that not all come at once. */
  private readonly answers = new Timers<Address>();
  private readonly answerNonces = new Map<Address, number>();
  /** Nodes asked lately what they offer; cleared by the sweep. */
  private readonly asked = new Map<NodeId, Instant>();
  private readonly chores = new Timers<'sweep'>();
  private now: Instant;

  constructor(options: MembershipOptions, port: MembershipPort) {
    const { config, random, outbox } = options;
    const isKernel = outbox.identity.abilities.kernel;
    this.options = options;
    this.port = port;
    this.now = options.startedAt;
    this.registry = new Registry(() => outbox.identity.id, config, {
      appeared: (node, how, now) => this.appeared(node, how, now),
      offered: (node, service) => this.serviceChanged(node, service, 'offered'),
      withdrawn: (node, service) => this.serviceChanged(node, service, 'withdrawn'),
      touched: (node, version, previous) => this.kernel?.push({ node, version, previous }, this.now),
      forgotten: (node) => this.forgotten(node),
    });
    this.health = new Health(config, random.split(), {
      changed: (node, was, reason) => this.stateChanged(node, was, reason),
      probe: (node, nonce) => this.probe(node, nonce),
      probeThrough: (helper, node, nonce) =>
        outbox.send(helper.address, { type: 'probe-request', nonce, target: node.id, address: node.address }),
      helpers: (except) => this.helpers(except),
      doubted: (reason) => outbox.event({ type: 'self-doubt', reason }),
    });
    this.joining = new Joining(config, random.split(), {
      announce: (kernel) => this.announce(this.addressOf(kernel), 0),
      heartbeat: (kernel, intervalMs, lease) => this.heartbeat(kernel, intervalMs, lease),
      generation: () => options.offers.generation,
      population: () => this.registry.population(),
      judgeChanged: (kernel, was) => this.judgeChanged(kernel, was),
    });
    this.following = new Following(
      config,
      random.split(),
      { query: (kernel, nonce, sinceEpoch, since) => this.askFor(kernel, nonce, sinceEpoch, since) },
      isKernel,
    );
    this.errands = new Errands(config, random.split(), {
      probe: (address, nonce) => outbox.send(address, { type: 'probe', nonce }),
      vouch: (requester, nonce, epoch) =>
        outbox.send(requester, { type: 'ack', id: nonce, kind: 'vouched', value: epoch }),
    });
    this.identities = new Identities(random.split(), outbox, (was) => this.identityChanged(was));
    if (isKernel)
      this.kernel = new Kernel(config, options.term, {
        send: (to, message) => this.sendRecord(to, message),
        broadcast: (beacon) => outbox.broadcast(beacon),
        changesSince: (version) => this.registry.changesSince(version),
        version: () => this.registry.version,
        digest: () => this.registry.digest(),
        population: () => this.registry.population(),
        epoch: () => outbox.identity.epoch,
        wallClock: (now) => (options.wallClock === 0 ? 0 : options.wallClock + elapsed(options.startedAt, now)),
      });
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

  /** The kernel this node reports to, or itself; a follower without heartbeats has the kernel that it follows. */
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

  get term(): number {
    return this.kernel?.term ?? this.options.term;
  }

  /** This node's own offers changed. */
  offersChanged(withdrawn: readonly string[], now: Instant): void {
    this.now = now;
    this.recordSelf(now);
    if (withdrawn.length > 0 && this.kernel === undefined && !this.options.silent) this.goodbye(withdrawn);
    this.joining.changed(now);
  }

  lease(ms: number, now: Instant): void {
    this.joining.lease(ms, now);
  }

  leave(now: Instant): void {
    this.now = now;
    if (!this.options.silent) this.goodbye(undefined);
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
      if (node.judge === this.selfId) this.identities.heardOldEpoch(node, from, now);
      return false;
    }
    if (header.epoch !== node.epoch || from !== node.address) this.registry.heardFrom(node, header.epoch, from, now);
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
        this.heartbeatCame(header, from, message, now);
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
        return this.acknowledged(header, message.kind, message.id, now);
      default:
        return false;
    }
  }

  /** A board that speaks v1 gave a sign of life. */
  heardBoard({ id, address, announce }: BoardFacts, changed: boolean, now: Instant): void {
    this.now = now;
    if (this.kernel === undefined && !this.following.active) return;
    const known = this.registry.get(id);
    if (known === undefined || changed) this.registry.announced(id, V1_EPOCH, address, announce, now);
    const node = this.registry.get(id);
    if (node === undefined) return;
    if (node.judge !== this.selfId && this.kernel !== undefined) this.claim(node, now);
    if (node.state === 'left') this.health.revive(node, now, 'it is back');
    this.health.heard(node, now);
  }

  nextWake(): Instant | undefined {
    let wake = earliest(this.health.nextWake(), this.joining.nextWake());
    wake = earliest(wake, earliest(this.following.nextWake(), this.errands.nextWake()));
    wake = earliest(wake, earliest(this.answers.next(), this.chores.next()));
    return earliest(wake, this.kernel?.nextWake());
  }

  advance(now: Instant): void {
    this.now = now;
    this.health.advance(now);
    this.joining.advance(now);
    this.following.advance(now);
    this.errands.advance(now);
    this.kernel?.advance(now);
    for (const address of this.answers.due(now)) this.answer(address);
    if (this.chores.due(now).length > 0) {
      this.registry.sweep(now);
      this.asked.clear();
      this.chores.set('sweep', after(now, SWEEP_MS));
    }
  }

  private get selfId(): NodeId {
    return this.options.outbox.identity.id;
  }

  // What came in.

  private announced(header: Header, from: Address, said: Announce, now: Instant): void {
    if (said.protocol.min > PROTOCOL.max || said.protocol.max < PROTOCOL.min) {
      this.refuseProtocol(from, said);
      return;
    }
    const wanted = this.kernel !== undefined || this.following.active || this.registry.get(header.sender) !== undefined;
    if (!wanted) return;
    const node = this.registry.announced(header.sender, header.epoch, from, said, now);
    if (node === undefined) return;
    this.health.promised(node, said.intervalMs, false, now);
    if (this.kernel === undefined) return;
    if (header.addressed) this.claim(node, now);
    this.kernel.welcome(from, said.nonce, said.generation, now);
  }

  private queried(header: Header, from: Address, query: Query, now: Instant): void {
    if (this.kernel !== undefined) {
      this.kernel.query(header.sender, from, query, now);
      return;
    }
    if (this.options.silent) return;
    const { offers, config, random } = this.options;
    if (query.service !== '' && offers.get(query.service) === undefined) return;
    if (header.addressed) {
      this.announce(from, query.nonce);
      return;
    }
    if (!query.kernel && this.joining.judge !== undefined) return;
    if (this.answers.size >= config.maxErrands) return;
    const spread = Math.min(config.jitterMaxMs, config.jitterPerNodeMs * this.registry.population());
    this.answerNonces.set(from, query.nonce);
    this.answers.set(from, after(now, random.unit() * spread));
  }

  private heartbeatCame(header: Header, from: Address, beat: Heartbeat, now: Instant): void {
    const node = this.registry.get(header.sender);
    if (node === undefined || node.generation !== beat.generation) {
      const mine = this.kernel !== undefined || (this.following.active && this.currentKernel() === undefined);
      if (mine) this.askNode(header.sender, from, now);
      if (node === undefined) return;
    }
    this.health.promised(node, beat.intervalMs, beat.lease, now);
    node.load = beat.load;
    if (this.kernel !== undefined && header.addressed) this.claim(node, now);
  }

  private saidGoodbye(header: Header, goodbye: Goodbye, now: Instant): void {
    const node = this.registry.get(header.sender);
    if (node === undefined || header.epoch !== node.epoch) return;
    if (goodbye.services !== undefined) this.registry.withdrawn(node, goodbye.services);
    else if (node.state !== 'left') this.setState(node, 'left', 'it said goodbye', now);
  }

  private welcomed(header: Header, from: Address, welcome: Welcome, now: Instant): void {
    const kernel = this.kernelRecord(header, from, this.options.config.beaconMs, now);
    if (kernel === undefined) return;
    if (welcome.generation > 0) this.joining.welcomed(kernel.id, welcome.generation, welcome.heartbeatMs, now);
    else this.joining.heardKernel(kernel.id, welcome.heartbeatMs, 1, now);
    this.following.welcomed(kernel.id, kernel.epoch, welcome.version, now);
  }

  private heardBeacon(header: Header, from: Address, beacon: Beacon, now: Instant): void {
    const kernel = this.kernelRecord(header, from, beacon.beaconMs, now);
    if (kernel === undefined) return;
    this.health.promised(kernel, beacon.beaconMs, false, now);
    if (this.kernel !== undefined) this.kernel.term = Math.max(this.kernel.term, beacon.term);
    this.joining.heardKernel(kernel.id, beacon.heartbeatMs, beacon.nodes, now);
    this.following.heardKernel(kernel.id, kernel.epoch, beacon.version, now);
  }

  /** A kernel's record of a node. */
  private told(header: Header, from: Address, event: Event, now: Instant): void {
    const teller = this.kernelRecord(header, from, this.options.config.beaconMs, now);
    if (teller === undefined || !this.following.active) return;
    if (event.node === this.selfId) {
      if (event.epoch === this.options.outbox.identity.epoch && event.state !== 'alive') this.joining.refute(now);
      this.following.linked(teller.id, teller.epoch, event.version, event.previous, now);
      return;
    }
    const node = this.registry.recorded(event, event.node === header.sender ? from : event.address, now);
    if (node === undefined) return;
    this.following.linked(teller.id, teller.epoch, event.version, event.previous, now);
    if (node !== 'full' && node.epoch === event.epoch) this.adopt(node, teller, event, now);
  }

  private acknowledged(header: Header, kind: string, id: number, now: Instant): boolean {
    if (kind !== 'alive' && kind !== 'vouched') return false;
    this.health.answered(id, now);
    if (kind === 'alive') this.errands.answered(id, header.sender, header.epoch);
    return true;
  }

  // Whose verdict counts.

  /** The node reports to this kernel: its verdict is ours from now on. */
  private claim(node: NodeRecord, now: Instant): void {
    if (node.judge === this.selfId) return;
    node.judge = this.selfId;
    this.health.watch(node, now);
    this.health.heard(node, now);
    this.registry.touch(node);
  }

  /** Takes over a kernel's verdict, when it is that kernel's to give. */
  private adopt(node: NodeRecord, teller: NodeRecord, event: Event, now: Instant): void {
    if (event.judge === this.selfId || (node.abilities.kernel && this.health.watching(node.id))) return;
    if (this.kernel !== undefined) {
      if (event.judge !== teller.id) return;
      // It reports to us: either it has just moved here and the other does not know yet, or the other way round.
      const ours = node.judge === this.selfId && elapsed(node.heardAt, now) < node.intervalMs && event.state !== 'left';
      if (ours && event.silentMs > elapsed(node.heardAt, now)) return;
    }
    const moved = node.judge !== event.judge;
    node.judge = event.judge;
    node.intervalMs = event.intervalMs;
    node.load = event.load;
    this.health.release(node.id);
    const heardAt = after(now, -event.silentMs);
    if (heardAt > node.heardAt) node.heardAt = heardAt;
    if (event.state !== node.state) this.setState(node, event.state, `${teller.name} says so`, now);
    else if (moved) this.registry.touch(node);
  }

  /** The nodes that a lost kernel judged are judged here until another kernel claims them. */
  private adoptOrphans(kernel: NodeId, now: Instant): void {
    if (!this.following.active) return;
    for (const node of this.registry.all()) {
      if (node.judge !== kernel || node.id === kernel || node.id === this.selfId) continue;
      node.judge = this.selfId;
      this.health.watch(node, now);
    }
  }

  // What changed.

  private appeared(node: NodeRecord, how: 'new' | 'rebooted' | 'moved', now: Instant): void {
    if (node.id === this.selfId) return;
    if (how === 'new') {
      if (node.judge === this.selfId) this.health.watch(node, now);
      this.report(node, undefined, 'heard for the first time');
    }
    if (how !== 'rebooted') return;
    this.health.revive(node, now, 'it restarted');
    if (node.judge === this.selfId) this.health.watch(node, now);
    this.port.back(node, 'rebooted', now);
    if (node.abilities.kernel) this.kernelRestarted(node.id, now);
  }

  private kernelRestarted(kernel: NodeId, now: Instant): void {
    this.adoptOrphans(kernel, now);
    this.joining.lost(kernel, kernel, now);
  }

  /** States that this node did not judge itself: a goodbye, another's verdict. */
  private setState(node: NodeRecord, state: PeerState, reason: string, now: Instant): void {
    const was = node.state;
    node.state = state;
    node.since = now;
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
      return;
    }
    if (node.state === 'suspect') return;
    this.port.gone(node, now);
    if (node.abilities.kernel) this.kernelLost(node, now);
    this.kernel?.unsubscribe(node.id);
  }

  private kernelLost(kernel: NodeRecord, now: Instant): void {
    this.adoptOrphans(kernel.id, now);
    let next: NodeId | undefined;
    for (const node of this.registry.all())
      if (node.abilities.kernel && node.state === 'alive' && node.id !== kernel.id && next === undefined)
        next = node.id;
    this.joining.lost(kernel.id, next, now);
    this.following.lost(kernel.id, now);
  }

  private serviceChanged(node: NodeRecord, service: string, change: 'offered' | 'withdrawn'): void {
    this.options.outbox.event({ type: 'service', service, node: node.id, name: node.name, change });
    if (change === 'offered') this.port.instancesChanged(this.now);
  }

  private judgeChanged(kernel: NodeId | undefined, was: NodeId | undefined): void {
    const change = kernel === undefined ? 'lost' : 'joined';
    const node = kernel ?? was ?? 0;
    this.options.outbox.event({ type: 'kernel', node, name: this.registry.get(node)?.name ?? '', change });
  }

  private identityChanged(was: NodeId): void {
    const { id, epoch } = this.options.outbox.identity;
    if (was !== id) this.registry.forget(was);
    this.options.outbox.push({ type: 'store', id, epoch, term: this.term });
    this.recordSelf(this.now);
    this.joining.changed(this.now);
  }

  private forgotten(node: NodeRecord): void {
    this.health.release(node.id);
    this.asked.delete(node.id);
    this.port.forgotten(node);
  }

  private report(node: NodeRecord, was: PeerState | undefined, reason: string): void {
    const { id, name, address, state } = node;
    this.options.outbox.event({ type: 'node', node: id, name, address, was, state, reason });
  }

  // What goes out.

  private announce(to: Address | undefined, nonce: number): void {
    const { outbox, codec } = this.options;
    for (const part of splitServices(this.ownAnnouncement(nonce), codec)) {
      if (to === undefined) outbox.broadcast(part);
      else outbox.send(to, part);
    }
  }

  private answer(address: Address): void {
    this.announce(address, this.answerNonces.get(address) ?? 0);
    this.answerNonces.delete(address);
  }

  private heartbeat(kernel: NodeId | undefined, intervalMs: number, lease: boolean): void {
    const { outbox, offers } = this.options;
    const load = this.port.load();
    const beat: Heartbeat = {
      type: 'heartbeat',
      generation: offers.generation,
      intervalMs: Math.round(intervalMs),
      lease,
      load,
    };
    const to = this.addressOf(kernel);
    if (to === undefined) outbox.broadcast(beat);
    else outbox.send(to, beat);
  }

  private goodbye(services: readonly string[] | undefined): void {
    const { outbox, offers } = this.options;
    const message: Goodbye = { type: 'goodbye', generation: offers.generation, services };
    const judge = this.addressOf(this.joining.judge);
    if (judge !== undefined) outbox.send(judge, message);
    if (judge === undefined || services === undefined) outbox.broadcast(message);
  }

  private askFor(kernel: NodeId | undefined, nonce: number, sinceEpoch: number, since: number): void {
    const { outbox, remembered } = this.options;
    const query: Query = {
      type: 'query',
      nonce,
      kernel: this.kernel !== undefined,
      subscribe: true,
      sinceEpoch,
      since,
      service: '',
    };
    const to = this.addressOf(kernel);
    if (to !== undefined) {
      outbox.send(to, query);
      return;
    }
    outbox.broadcast(query);
    for (const address of remembered) outbox.send(address, query);
  }

  /** Asks a node what it offers. */
  private askNode(id: NodeId, address: Address, now: Instant): void {
    const { config, random, outbox } = this.options;
    const before = this.asked.get(id);
    if (before !== undefined && elapsed(before, now) < ASK_AGAIN_MS) return;
    if (before === undefined && this.asked.size >= config.maxNodes) return;
    this.asked.set(id, now);
    const kernel = this.kernel !== undefined;
    const empty = { sinceEpoch: 0, since: 0, service: '' };
    outbox.send(address, { type: 'query', nonce: random.id(), kernel, subscribe: false, ...empty });
  }

  private probe(node: NodeRecord, nonce: number): void {
    if (node.abilities.v1) this.port.probeV1(node, nonce);
    else this.options.outbox.send(node.address, { type: 'probe', nonce });
  }

  private sendRecord(to: Address, message: Event | Welcome): void {
    const { outbox, codec } = this.options;
    if (message.type === 'welcome') outbox.send(to, message);
    else for (const part of splitServices(message, codec)) outbox.send(to, part);
  }

  private refuseProtocol(from: Address, { protocol, name }: Announce): void {
    const speaks = (range: { min: number; max: number }): string =>
      range.min === range.max ? `${range.min}` : `${range.min} to ${range.max}`;
    const reason = `${name} speaks protocol ${speaks(protocol)}, this node ${speaks(PROTOCOL)}: update the older one`;
    const { outbox } = this.options;
    outbox.event({ type: 'protocol-mismatch', address: from, reason });
    outbox.send(from, { type: 'error', callId: 0, code: 'PROTOCOL_MISMATCH', message: reason });
  }

  // Records.

  private ownAnnouncement(nonce: number): Announce {
    const { outbox, offers, config } = this.options;
    const { name, abilities } = outbox.identity;
    return {
      type: 'announce',
      nonce,
      generation: offers.generation,
      part: 0,
      parts: 1,
      protocol: PROTOCOL,
      abilities,
      intervalMs: Math.round(this.kernel === undefined ? this.joining.intervalMs : config.beaconMs),
      name,
      services: offers.list(),
    };
  }

  private recordSelf(now: Instant): void {
    if (this.options.silent) return;
    const { id, epoch } = this.options.outbox.identity;
    this.registry.announced(id, epoch, HERE, this.ownAnnouncement(0), now);
  }

  /** The record of a kernel that speaks to us, made from what its datagram shows when it is the first. */
  private kernelRecord(header: Header, address: Address, intervalMs: number, now: Instant): NodeRecord | undefined {
    const { sender: id, epoch } = header;
    const node = this.registry.glimpse({ id, epoch, address, abilities: KERNEL_UNSEEN, intervalMs }, this.selfId, now);
    if (node !== undefined && node.judge !== this.selfId) {
      // Heard directly: its beacons are judged here, whoever told of it first.
      node.judge = this.selfId;
      this.health.watch(node, now);
    }
    return node;
  }

  private addressOf(kernel: NodeId | undefined): Address | undefined {
    return kernel === undefined ? undefined : this.registry.get(kernel)?.address;
  }

  private helpers(except: NodeId): readonly NodeRecord[] {
    const found: NodeRecord[] = [];
    for (const node of this.registry.all()) {
      const able = node.abilities.helper && !node.abilities.v1 && node.generation !== UNANNOUNCED;
      if (able && node.state === 'alive' && node.id !== except && node.id !== this.selfId) found.push(node);
    }
    return found;
  }
}
