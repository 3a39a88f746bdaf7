/**
 * The parts that know who is in the cluster, introduced to each other, and what follows for the others when one of
 * them sees a change: a node that died takes its subscription along, a kernel that is lost leaves orphans.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { Abilities, Address, Header, NodeId, PeerState } from '../../wire/message.ts';
import type { NodeRecord } from '../model.ts';
import { Announcer } from './announcer.ts';
import { Errands } from './errands.ts';
import { Following } from './following.ts';
import { Health } from './health.ts';
import { Identities } from './identities.ts';
import {
  ForAnnouncer,
  ForErrands,
  ForHealth,
  ForIdentities,
  ForJoining,
  ForKernel,
  ForRegistry,
  ForVerdicts,
  type Members,
} from './introductions.ts';
import { Joining } from './joining.ts';
import { Kernel } from './kernel.ts';
import { Mismatches } from './mismatch.ts';
import type { MembershipOptions, MembershipPort } from './port.ts';
import { type Appearance, Registry } from './registry.ts';
import { Verdicts } from './verdicts.ts';

/** Where this node's own record says it is; whoever gets the record from the node itself sees the real address. */
const HERE: Address = '0.0.0.0:1';
/** What is known of a kernel from its beacon alone. */
const KERNEL_UNSEEN: Abilities = { kernel: true, helper: true, inflates: false, v1: false, takesKiB: 4, window: 1 };

export class Roster implements Members {
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
    this.registry = new Registry(config, options.codec, new ForRegistry(this));
    this.health = new Health(config, random.split(), new ForHealth(this));
    this.verdicts = new Verdicts(new ForVerdicts(this));
    this.announcer = new Announcer(options, random.split(), new ForAnnouncer(this));
    this.joining = new Joining(config, random.split(), new ForJoining(this));
    this.following = new Following(config, random.split(), this.announcer, isKernel);
    this.errands = new Errands(config, random.split(), new ForErrands(outbox));
    this.mismatches = new Mismatches(config, outbox);
    this.identities = new Identities(random.split(), outbox, new ForIdentities(this));
    if (isKernel) this.kernel = new Kernel(config, options.term, new ForKernel(this));
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

  /** A node is new, came back under a new epoch, or moved. */
  appeared(node: NodeRecord, how: Appearance, now: Instant): void {
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

  /** A node has a new state, by the verdict of this node or of another. */
  stateChanged(node: NodeRecord, was: PeerState, reason: string): void {
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

  /** Says again to that node what it did not take because it did not know this one. */
  show(node: NodeId, address: Address, now: Instant): void {
    const { kernel, joining, following, announcer } = this;
    const known = this.registry.get(node);
    if (joining.tells(node)) announcer.announceTo(node, address, 0, Number.POSITIVE_INFINITY);
    if (joining.judge === node) joining.refute(now);
    if (following.follows(node)) following.askAgain(node, now);
    else if (kernel === undefined ? following.lookAgain(now) : known === undefined) announcer.subscribe(node, address);
    else kernel?.welcome(node, address, 0, 0, now);
    this.port.challenged(node, now);
  }

  /** This node goes on under another epoch or id. */
  identityChanged(was: NodeId): void {
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
}

/** Whoever is suspect for a moment is neither gone nor back. */
const isDoubt = (was: PeerState, is: PeerState): boolean =>
  (was === 'alive' && is === 'suspect') || (was === 'suspect' && is === 'alive');

/** "no sign of life for 2.2 s, says k1". Earlier versions told no reason. */
function toldBy(reason = '', judge = ''): string {
  if (reason === '') return `${judge} says so`;
  return judge === '' ? reason : `${reason}, says ${judge}`;
}
