/**
 * Whose verdict on a node counts. A node is judged by the one that hears its heartbeats: a kernel, or whoever hears
 * them where there is none. Kernels tell their verdicts to each other and to their followers; a verdict is taken
 * from its judge alone. A kernel is judged by everyone, from its beacons.
 *
 * When a kernel is lost or has restarted, whoever relied on it judges its nodes itself until a kernel claims them. Other
 * kernels ask them as soon as it falls silent.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { Event, NodeId, PeerState } from '../../wire/message.ts';
import type { NodeRecord } from '../model.ts';
import { Timers } from '../timers.ts';

export interface VerdictsPort {
  self(): NodeId;
  /** This node is a kernel. */
  readonly kernel: boolean;
  /** Begins to judge the node here. */
  watch(node: NodeRecord, now: Instant): void;
  watching(id: NodeId): boolean;
  /** Asks the node whether it lives, and watches it until it answers. */
  inquire(node: NodeRecord, now: Instant): void;
  release(id: NodeId): void;
  nodes(): Iterable<NodeRecord>;
  touch(node: NodeRecord): void;
  /** Sets a state that was not judged here. `by`: the name of its judge, who may have told no reason. */
  setState(node: NodeRecord, state: PeerState, reason: string | undefined, since: Instant, by: string): void;
}

/** No kernel has said yet that it judges the node. */
export const NOBODY: NodeId = 0;
/** ms in which the judge of a node that was asked what it offers tells that it is. */
const JUDGE_MS = 500;

export class Verdicts {
  private readonly port: VerdictsPort;

  /** Judged here for the time being: nobody was told. */
  private readonly orphans = new WeakSet<NodeRecord>();
  private readonly timers = new Timers<'adopt'>();

  constructor(port: VerdictsPort) {
    this.port = port;
  }

  /** The node is judged here from now on: it reports to this kernel, or it is a kernel that is heard directly. */
  claim(node: NodeRecord, now: Instant): void {
    const self = this.port.self();
    const isOrphan = this.orphans.delete(node);
    if (node.judge === self && !isOrphan) return;
    node.judge = self;
    if (!isOrphan) this.port.watch(node, now);
    this.port.touch(node);
  }

  /** Takes the verdict in a kernel's record over, when it is that kernel's to give. */
  adopt(node: NodeRecord, teller: NodeRecord, event: Event, now: Instant): void {
    const { port } = this;
    // A kernel is judged here, but only it knows for how long it has been alive.
    if (node.id === teller.id && event.state === node.state) node.since = after(now, -event.heldMs);
    if (node.abilities.kernel && port.watching(node.id)) return;
    if (port.kernel && !this.yields(node, teller, event, now)) return;
    if (event.judge === port.self()) return;
    this.orphans.delete(node);
    const moved = node.judge !== event.judge;
    node.judge = event.judge;
    node.intervalMs = event.intervalMs;
    node.load = event.load;
    port.release(node.id);
    const heardAt = after(now, -event.silentMs);
    if (heardAt > node.heardAt) node.heardAt = heardAt;
    const since = after(now, -event.heldMs);
    if (event.state !== node.state) {
      port.setState(node, event.state, event.reason, since, this.nameOf(event.judge) ?? teller.name);
      return;
    }
    node.since = since;
    node.reason = event.reason;
    if (moved) port.touch(node);
  }

  /**
   * Another kernel fell silent, or is heard again. While it is silent nobody tells how its nodes are, so this kernel asks
   * them: those that died with it, or are as far away, are missed as soon. Afterwards its word counts again.
   */
  kernelChanged(kernel: NodeRecord, now: Instant): void {
    const { port } = this;
    if (!port.kernel) return;
    for (const node of port.nodes()) {
      if (node.judge !== kernel.id || node.abilities.v1) continue;
      const lives = node.state === 'alive' || node.state === 'suspect';
      if (kernel.state === 'suspect' && lives) port.inquire(node, now);
      if (kernel.state !== 'alive' || !port.watching(node.id)) continue;
      port.release(node.id);
      if (node.state !== 'alive') port.setState(node, 'alive', 'its judge is heard again', now, kernel.name);
    }
  }

  /** A node has no judge yet: a kernel is given a moment to say that it is its own. */
  awaitJudge(now: Instant): void {
    if (this.timers.next() === undefined) this.timers.set('adopt', after(now, JUDGE_MS));
  }

  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  /** Nodes that nobody judges are judged here. */
  advance(now: Instant): void {
    if (this.timers.due(now).length === 0) return;
    for (const node of this.port.nodes()) if (node.judge === NOBODY && node.state !== 'left') this.claim(node, now);
  }

  /** The kernel is gone, or knows nothing any more: its nodes are judged here for the time being. */
  adoptOrphans(kernel: NodeId, now: Instant): void {
    const self = this.port.self();
    for (const node of this.port.nodes()) {
      if (node.judge !== kernel || node.id === kernel || node.id === self || node.state === 'left') continue;
      node.judge = self;
      this.orphans.add(node);
      this.port.watch(node, now);
    }
  }

  private nameOf(judge: NodeId): string | undefined {
    for (const { id, name } of this.port.nodes()) if (id === judge) return name;
    return undefined;
  }

  /** Between kernels: whether the other's verdict counts. Of two that both claim a node, the one that missed fewer of its beats judges, or else the lower id. */
  private yields(node: NodeRecord, teller: NodeRecord, event: Event, now: Instant): boolean {
    const self = this.port.self();
    const relied = node.judge === teller.id;
    if (event.judge === self) {
      // Each took the node for the other's.
      if (relied && self < teller.id) this.claim(node, now);
      // Or it has an old word of this kernel, perhaps from a third one, after the newer: it is told again.
      else if (relied || (node.judge === self && event.state !== node.state)) this.port.touch(node);
      return false;
    }
    // Its own verdict, or the word that it gave the node to another kernel; or nobody's before.
    if (relied || node.judge === NOBODY || event.state === 'left') return true;
    if (event.judge !== teller.id) return false;
    // In promised intervals, so that it is the same for all who compare, in whatever order: differences would not be.
    const interval = Math.min(event.intervalMs, node.intervalMs) || 1;
    const theirs = Math.floor(event.silentMs / interval);
    const ours = Math.floor(elapsed(node.heardAt, now) / interval);
    if (theirs < ours || (theirs === ours && teller.id < node.judge)) return true;
    // It was heard here since, which the other kernel does not know yet.
    if (node.judge === self) this.port.touch(node);
    return false;
  }
}
