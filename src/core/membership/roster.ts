/**
 * The parts that know who is in the cluster, introduced to each other, and what follows for the others when one of
 * them sees a change: a node that died takes its subscription along, a kernel that is lost leaves orphans.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import type { Instant } from '../../base/time.ts';
import type { Abilities, Address, Codec, Header, NodeId, PeerState } from '../../wire/message.ts';
import { splitServices } from '../../wire/parts.ts';
import type { Config } from '../config.ts';
import type { NodeRecord } from '../model.ts';
import type { Offers } from '../offers.ts';
import type { Outbox } from '../outbox.ts';
import type { WallClock } from '../wall-clock.ts';
import { Announcer } from './announcer.ts';
import { Errands } from './errands.ts';
import { Following } from './following.ts';
import { Health } from './health.ts';
import { Identities } from './identities.ts';
import { Joining } from './joining.ts';
import { Kernel } from './kernel.ts';
import { Mismatches } from './mismatch.ts';
import { Registry, type RegistryPort, UNANNOUNCED } from './registry.ts';
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
  /** That node did not take what this one sent before, but will now. */
  challenged(node: NodeId, now: Instant): void;
}

export interface MembershipOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly offers: Offers;
  readonly term: number;
  readonly wallClock: WallClock;
  readonly startedAt: Instant;
  readonly remembered: readonly Address[];
  /** Asks only: never announces itself. */
  readonly silent: boolean;
}

/** Where this node's own record says it is; whoever gets the record from the node itself sees the real address. */
const HERE: Address = '0.0.0.0:1';
/** What is known of a kernel from its beacon alone. */
const KERNEL_UNSEEN: Abilities = { kernel: true, helper: true, inflates: false, v1: false, takesKiB: 4, window: 1 };

export class Roster {
  readonly options: MembershipOptions;
  readonly port: MembershipPort;
  readonly registry: Registry;
  readonly health: Health;
  readonly verdicts: Verdicts;
  readonly announcer: Announcer;
  readonly joining: Joining;
  readonly following: Following;
  readonly errands: Errands;
  readonly identities: Identities;
  readonly mismatches: Mismatches;
  /** Only on a kernel. */
  readonly kernel: Kernel | undefined;
  /** The moment of the change under way: every verb that may bring news sets it. */
  now: Instant;

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
      inquire: (node, now) => this.health.inquire(node, now),
      release: (id) => this.health.release(id),
      nodes: () => this.registry.all(),
      touch: (node) => this.registry.touch(node),
      setState: (node, state, reason, since, by) => this.setState(node, state, reason, since, by),
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
      probe: (target, address, nonce) => outbox.send(target, address, { type: 'probe', nonce }),
      vouch: (to, address, nonce, epoch) =>
        outbox.send(to, address, { type: 'ack', id: nonce, kind: 'vouched', value: epoch }),
    });
    this.mismatches = new Mismatches(config, outbox);
    this.identities = new Identities(random.split(), outbox, {
      changed: (was) => this.identityChanged(was),
      asked: (by, address, now) => this.show(by, address, now),
    });
    if (isKernel) this.kernel = this.makeKernel();
  }

  get selfId(): NodeId {
    return this.options.outbox.identity.id;
  }

  /** The kernel this node reports to, or follows; a kernel has itself. */
  currentKernel(): NodeRecord | undefined {
    if (this.kernel !== undefined) return this.registry.get(this.selfId);
    const judge = this.registry.get(this.joining.judge ?? 0);
    if (judge !== undefined) return judge;
    for (const node of this.registry.all()) if (this.following.follows(node.id)) return node;
    return undefined;
  }

  recordSelf(now: Instant): void {
    if (this.options.silent) return;
    const { id, epoch } = this.options.outbox.identity;
    this.registry.announced(id, epoch, HERE, this.announcer.announcement(0), now);
  }

  /** The record of a kernel that speaks to us, made from what its datagram shows when it is the first. */
  kernelRecord({ sender: id, epoch }: Header, address: Address, now: Instant, name?: string): NodeRecord | undefined {
    const seen = { id, epoch, address, abilities: KERNEL_UNSEEN, intervalMs: this.options.config.beaconMs };
    const node = this.registry.glimpse(name === undefined ? seen : { ...seen, name }, this.selfId, now);
    if (node !== undefined) this.verdicts.claim(node, now);
    return node;
  }

  /** States that this node did not judge itself: a goodbye, another's verdict. */
  setState(node: NodeRecord, state: PeerState, reason: string | undefined, since: Instant, by?: string): void {
    const was = node.state;
    node.state = state;
    node.since = since;
    node.reason = reason;
    if (state === 'left') this.health.release(node.id);
    this.stateChanged(node, was, toldBy(reason, by));
  }

  private appeared(node: NodeRecord, how: Parameters<RegistryPort['appeared']>[1], now: Instant): void {
    if (node.id === this.selfId || how === 'moved') return;
    if (node.judge === this.selfId) this.health.watch(node, now);
    // People are told of a node by its name.
    if (how === 'new' || how === 'named') this.report(node, undefined, 'heard for the first time');
    if (how !== 'rebooted') return;
    this.health.revive(node, now, 'it restarted');
    this.port.back(node, 'rebooted', now);
    if (!node.abilities.kernel) return;
    this.adoptOrphans(node.id, now);
    this.joining.lost(node.id, node.id, now);
  }

  private stateChanged(node: NodeRecord, was: PeerState, reason: string): void {
    const { now } = this;
    this.report(node, was, reason);
    this.registry.touch(node, isDoubt(was, node.state));
    if (node.abilities.kernel) this.verdicts.kernelChanged(node, now);
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

  /** Says again to that node what it did not take because it did not know this one. */
  private show(node: NodeId, address: Address, now: Instant): void {
    const { kernel, joining, following, announcer } = this;
    const known = this.registry.get(node);
    if (joining.tells(node)) announcer.announceTo(node, address, 0, Number.POSITIVE_INFINITY);
    if (joining.judge === node) joining.refute(now);
    if (following.follows(node)) following.askAgain(node, now);
    else if (kernel === undefined ? following.lookAgain(now) : known === undefined) announcer.subscribe(node, address);
    else kernel?.welcome(node, address, 0, 0, now);
    this.port.challenged(node, now);
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

  private helpers(except: NodeId): readonly NodeRecord[] {
    const found: NodeRecord[] = [];
    for (const node of this.registry.all()) {
      const able = node.abilities.helper && !node.abilities.v1 && node.generation !== UNANNOUNCED;
      if (able && node.state === 'alive' && node.id !== except && node.id !== this.selfId) found.push(node);
    }
    return found;
  }

  private makeRegistry(): Registry {
    return new Registry(() => this.selfId, this.options.config, this.options.codec, {
      appeared: (node, how, now) => this.appeared(node, how, now),
      offered: (node, service) => this.serviceChanged(node, service, 'offered'),
      withdrawn: (node, service) => this.serviceChanged(node, service, 'withdrawn'),
      touched: (node, version, previous, isDoubt) => this.kernel?.push({ node, version, previous }, this.now, isDoubt),
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
        else outbox.send(node.id, node.address, { type: 'probe', nonce });
      },
      probeThrough: (helper, node, nonce) =>
        outbox.send(helper.id, helper.address, {
          type: 'probe-request',
          nonce,
          target: node.id,
          address: node.address,
        }),
      helpers: (except) => this.helpers(except),
      doubted: (reason) => outbox.event({ type: 'self-doubt', reason }),
    });
  }

  private makeKernel(): Kernel {
    const { config, codec, outbox, term, wallClock } = this.options;
    return new Kernel(config, term, {
      send: (to, address, message) => {
        const parts = message.type === 'welcome' ? [message] : splitServices(message, codec);
        for (const part of parts) outbox.send(to, address, part);
      },
      broadcast: (beacon) => outbox.broadcast(beacon),
      changesSince: (version) => this.registry.changesSince(version),
      version: () => this.registry.version,
      digest: () => this.registry.digest(),
      population: () => this.registry.population(),
      epoch: () => outbox.identity.epoch,
      name: () => outbox.identity.name,
      wallClock: (now) => wallClock.ownTime(now),
    });
  }
}

/** Whoever is suspect for a moment is neither gone nor back. */
const isDoubt = (was: PeerState, is: PeerState): boolean =>
  (was === 'alive' && is === 'suspect') || (was === 'suspect' && is === 'alive');

/** "no sign of life for 2.2 s, says k1". Earlier versions told no reason. */
function toldBy(reason = '', judge = ''): string {
  if (reason === '') return `${judge} says so`;
  return judge === '' ? reason : `${reason}, says ${judge}`;
}
