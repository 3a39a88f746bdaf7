/**
 * Who is in the cluster, and how they are. Here are the verbs; the parts behind them stand in `roster.ts`, what comes in
 * by message type is `intake.ts`.
 *
 * @module
 */
import { after, earliest, type Instant } from '../../base/time.ts';
import type { Address, Epoch, Header, Message, NodeId } from '../../wire/message.ts';
import type { NodeRecord } from '../model.ts';
import { Timers } from '../timers.ts';
import type { BoardFacts } from '../v1/boards.ts';
import type { Health } from './health.ts';
import { Intake } from './intake.ts';
import type { MembershipOptions, MembershipPort } from './port.ts';
import type { Registry } from './registry.ts';
import { Roster } from './roster.ts';

const SWEEP_MS = 10_000;
/** v1 has no epochs. */
const V1_EPOCH = 1;

export class Membership {
  private readonly roster: Roster;
  private readonly intake: Intake;
  private readonly chores = new Timers<'sweep'>();

  constructor(options: MembershipOptions, port: MembershipPort) {
    this.roster = new Roster(options, port);
    this.intake = new Intake(this.roster);
  }

  get registry(): Registry {
    return this.roster.registry;
  }

  get health(): Health {
    return this.roster.health;
  }

  /** Takes the first steps: kernels show themselves, other nodes announce and look for one. */
  start(now: Instant): void {
    const { kernel, joining, options } = this.roster;
    this.roster.now = now;
    this.roster.recordSelf(now);
    this.chores.set('sweep', after(now, SWEEP_MS));
    if (kernel !== undefined) {
      kernel.start(now);
      this.follow(now);
    } else if (!options.silent) {
      joining.start(options.remembered.length === 0 ? 1 : 8, now);
    }
  }

  /** Keeps a view of the whole cluster from now on. */
  follow(now: Instant): void {
    this.roster.now = now;
    this.roster.following.start(now);
  }

  /** The kernel this node reports to, or follows; a kernel has itself. */
  currentKernel(): NodeRecord | undefined {
    return this.roster.currentKernel();
  }

  /** Everything that the kernels in reach know is here. */
  get complete(): boolean {
    return this.roster.following.complete;
  }

  /** This node's own offers changed. */
  offersChanged(withdrawn: readonly string[], now: Instant): void {
    const { kernel, joining, announcer, options } = this.roster;
    this.roster.now = now;
    this.roster.recordSelf(now);
    const heard = kernel === undefined && !options.silent;
    if (withdrawn.length > 0 && heard) announcer.goodbye(withdrawn, joining.judge);
    joining.changed(now);
  }

  /** This node will be silent for `ms`; 0 ends it. */
  lease(ms: number, now: Instant): void {
    this.roster.joining.lease(ms, now);
  }

  leave(now: Instant): void {
    const { kernel, joining, following, announcer, options } = this.roster;
    this.roster.now = now;
    if (!options.silent) announcer.goodbye(undefined, joining.judge);
    joining.stop();
    following.stop();
    kernel?.stop();
  }

  /**
   * Notes who sent a datagram: a sign of life, a reboot, a move, a twin.
   * @returns false when the datagram must not be taken further.
   */
  meet(header: Header, from: Address, now: Instant): boolean {
    const { registry, health, identities, selfId } = this.roster;
    const { sender, epoch, sequence } = header;
    this.roster.now = now;
    if (sender === selfId) {
      identities.heardOwnId(epoch, sequence, from, now);
      return false;
    }
    const node = registry.get(sender);
    if (node === undefined || node.abilities.v1) return true;
    if (epoch < node.epoch) {
      if (node.judge === selfId) identities.heardOldEpoch(node, sequence, from, now);
      return false;
    }
    if (epoch === node.epoch && from !== node.address) identities.moved(node, sequence, from, now);
    registry.heardFrom(node, epoch, from, now);
    health.heard(node, now);
    return true;
  }

  /** Whether a datagram of a sender that has proved nothing yet would change something here. */
  matters(header: Header, message: Message): boolean {
    return this.intake.matters(header, message);
  }

  /** That node is known, and not taken to be alive. */
  isDoubted(id: NodeId): boolean {
    const node = this.registry.get(id);
    return node !== undefined && node.state !== 'alive';
  }

  /** The highest epoch of that node that is known; 0 for none. */
  epochOf(node: NodeId): Epoch {
    const known = this.registry.get(node);
    return known === undefined || known.abilities.v1 ? 0 : known.epoch;
  }

  /** Tells a kernel who this node is, which answers what the kernel said to all. @returns the bytes of it; 0 for nothing. */
  introduce(kernel: NodeId, address: Address, sequence: number, maxBytes: number): number {
    const { joining, announcer, options } = this.roster;
    if (this.roster.kernel !== undefined || options.silent || joining.judge !== undefined) return 0;
    return announcer.announceTo(kernel, address, sequence, maxBytes);
  }

  /** A kernel that was only heard so far has shown that it is there: whoever looks for one asks it. */
  met(kernel: NodeId, address: Address, now: Instant): void {
    const { following, announcer } = this.roster;
    if (following.lookAgain(now)) announcer.subscribe(kernel, address);
  }

  /** Asks a node whether it is there. Any answer is a sign of life. */
  probe(id: NodeId): void {
    const { outbox, random } = this.roster.options;
    const node = this.registry.get(id);
    if (node === undefined || node.abilities.v1 || id === this.roster.selfId) return;
    outbox.send(id, node.address, { type: 'probe', nonce: random.id() });
  }

  /** @returns false for a message that does not concern the cluster. */
  take(header: Header, from: Address, message: Message, now: Instant): boolean {
    return this.intake.take(header, from, message, now);
  }

  /** A board that speaks v1 gave a sign of life. */
  heardBoard({ id, address, announce }: BoardFacts, changed: boolean, now: Instant): void {
    const { kernel, following, registry, verdicts, health } = this.roster;
    this.roster.now = now;
    if (kernel === undefined && !following.active) return;
    if (changed || registry.get(id) === undefined) registry.announced(id, V1_EPOCH, address, announce, now);
    const node = registry.get(id);
    if (node === undefined) return;
    if (kernel !== undefined) verdicts.claim(node, now);
    if (node.state === 'left') health.revive(node, now, 'it is back');
    health.heard(node, now);
  }

  nextWake(): Instant | undefined {
    const { health, joining, following, errands, announcer, verdicts, kernel } = this.roster;
    let wake = earliest(health.nextWake(), earliest(joining.nextWake(), verdicts.nextWake()));
    wake = earliest(wake, earliest(following.nextWake(), errands.nextWake()));
    wake = earliest(wake, earliest(announcer.nextWake(), this.chores.next()));
    return earliest(wake, kernel?.nextWake());
  }

  advance(now: Instant): void {
    const { health, joining, following, errands, announcer, kernel, registry, identities, verdicts, options } =
      this.roster;
    this.roster.now = now;
    health.advance(now);
    joining.advance(now);
    following.advance(now);
    errands.advance(now);
    kernel?.advance(now);
    announcer.advance(now);
    verdicts.advance(now);
    if (this.chores.due(now).length === 0) return;
    registry.sweep(now);
    if (options.outbox.isSpent) identities.renew();
    announcer.sweep();
    this.chores.set('sweep', after(now, SWEEP_MS));
  }
}
