/**
 * Is a peer still there? Alive, suspect, dead, as judged by this node; `left` is said by the peer itself. How a peer is
 * probed is in `probing.ts`, when the judge doubts itself in `doubt.ts`.
 *
 * Silence is measured by the interval that the peer promised. Too much of it makes a suspect, which is cheap and
 * reversible: calls go elsewhere. Only rounds of probes without an answer, direct and through helpers (SWIM), make it
 * dead. One that only helpers hear stays a suspect, for as long as they vouch for it. Before it blames others, the judge doubts itself (Lifeguard): after a stall of its own nobody is judged, and when
 * many fall silent at once they get twice the rounds.
 *
 * Timers are lazy: a datagram only notes the time, and a timer that fires looks at that note. So hearing costs nothing.
 *
 * @see https://www.cs.cornell.edu/projects/Quicksilver/public_pdfs/SWIM.pdf
 * @see https://arxiv.org/abs/1707.00788
 * @module
 */
import type { Random } from '../../base/random.ts';
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { NodeId, PeerState } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { NodeRecord } from '../model.ts';
import { Timers } from '../timers.ts';
import { Doubt } from './doubt.ts';
import { Probing, type ProbingPort } from './probing.ts';

export interface HealthPort extends ProbingPort {
  /** The record has a new state. `reason` is a sentence part: "no sign of life for 2.2 s". */
  changed(node: NodeRecord, was: PeerState, reason: string): void;
  /** This node has reason to blame itself. */
  doubted(reason: string): void;
}

interface Watch {
  readonly node: NodeRecord;
  /** Silence counts from here at the earliest. */
  quietSince: Instant;
  /** When a helper vouched for it last. */
  vouchedAt: Instant | undefined;
  /** Another judges it, but is silent itself. Signs of life go there, so silence here means nothing: only probes count. */
  onBehalf: boolean;
}

/** Probes out of turn, a round apart, that may make a suspect early. */
const ASKED_PROBES = 2;

export class Health {
  private readonly config: Config;
  private readonly port: HealthPort;
  private readonly probing: Probing;
  private readonly doubt: Doubt;
  private readonly timers = new Timers<NodeId>();
  private readonly watches = new Map<NodeId, Watch>();
  /** Until when a node said that it would be silent. Also of nodes not watched: this node may become their judge. */
  private readonly leases = new Map<NodeId, Instant>();

  constructor(config: Config, random: Random, port: HealthPort) {
    this.config = config;
    this.port = port;
    this.probing = new Probing(config, random, port);
    this.doubt = new Doubt(config);
  }

  /** This node judges `node` from now on. It keeps its state; silence before now does not count against it. */
  watch(node: NodeRecord, now: Instant): void {
    const known = this.watches.get(node.id);
    if (known?.node === node) {
      known.onBehalf = false;
      return;
    }
    this.drop(node.id);
    const watch: Watch = { node, quietSince: now, vouchedAt: undefined, onBehalf: false };
    this.watches.set(node.id, watch);
    if (node.state === 'alive') this.timers.set(node.id, this.suspicionAt(watch));
    else if (node.state === 'suspect') this.timers.set(node.id, now);
    else if (node.state === 'dead') this.timers.set(node.id, after(now, this.config.deadProbeMs));
  }

  /** The judge of the node fell silent: it is asked, on behalf of that one, and watched until somebody hears it. */
  inquire(node: NodeRecord, now: Instant): void {
    if (this.watches.has(node.id) || (this.leases.get(node.id) ?? now) > now) return;
    const watch: Watch = { node, quietSince: now, vouchedAt: undefined, onBehalf: true };
    this.watches.set(node.id, watch);
    this.probing.begin(node.id, now);
    if (node.state === 'alive') this.lookAtAlive(watch, now);
    else this.nextRound(watch, now);
  }

  /** Another judges the node, or it left, or it is forgotten: of a forgotten node nothing is kept. */
  release(id: NodeId): void {
    this.drop(id);
    this.leases.delete(id);
  }

  watching(id: NodeId): boolean {
    return this.watches.has(id);
  }

  /**
   * A datagram came from the node. One that this node judges is alive again; of another only the time is noted. One
   * that left stays so, since its last datagrams may come late: see {@link revive}.
   */
  heard(node: NodeRecord, now: Instant): void {
    if (this.doubt.active) this.trustAgain();
    if (node.state === 'left') return;
    const silent = elapsed(node.heardAt, now);
    node.heardAt = now;
    const watch = this.watches.get(node.id);
    if (watch?.onBehalf === true) this.drop(node.id);
    if (watch !== undefined && node.state !== 'alive')
      this.enliven(node, `a sign of life after ${seconds(silent)}`, now);
  }

  /** The node began anew, by a new epoch or an announcement: it is alive whatever it was, even after it left. */
  revive(node: NodeRecord, now: Instant, reason: string): void {
    this.leases.delete(node.id);
    node.heardAt = now;
    if (node.state !== 'alive') this.enliven(node, reason, now);
  }

  /**
   * The node told when its next sign of life comes, in a heartbeat or an announcement.
   *
   * @param lease - it is silent until then and must not be suspected; otherwise this is its interval from now on.
   */
  promised(node: NodeRecord, intervalMs: number, lease: boolean, now: Instant): void {
    if (lease) {
      this.leases.set(node.id, after(now, Math.min(intervalMs, this.config.forgetDeadMs)));
      return;
    }
    this.leases.delete(node.id);
    node.intervalMs = intervalMs;
    const watch = this.watches.get(node.id);
    if (watch !== undefined && node.state === 'alive') this.lookBy(node.id, this.suspicionAt(watch));
  }

  /**
   * An ACK `alive` or `vouched` to one of the probes.
   *
   * @param by - who says that it is itself alive: a stranger at the address of a node answers for itself alone.
   * Undefined when a helper vouches for the node.
   * @returns the probed node, which lives; undefined when the nonce belongs to no probe under way.
   */
  answered(nonce: number, by: NodeId | undefined, now: Instant): NodeRecord | undefined {
    const id = this.probing.askedOf(nonce);
    const watch = id === undefined || (by ?? id) !== id ? undefined : this.watches.get(id);
    if (watch === undefined) return undefined;
    if (by === undefined) this.vouched(watch, now);
    else this.heard(watch.node, now);
    return watch.node;
  }

  /** Somebody got no answer from the node: it is probed at once, but not suspected before that had its time. */
  ask(node: NodeRecord, now: Instant): void {
    const watch = this.watches.get(node.id);
    if (watch === undefined || this.probing.of(node.id) !== undefined || node.state !== 'alive') return;
    if ((this.leases.get(node.id) ?? now) > now) return;
    this.probing.begin(node.id, now);
    this.lookAtAlive(watch, now);
  }

  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  advance(now: Instant): void {
    const lateMs = elapsed(this.timers.next() ?? now, now);
    if (lateMs > this.config.stallMs) this.forgive(lateMs, now);
    for (const id of this.timers.due(now)) {
      const watch = this.watches.get(id);
      if (watch?.node.state === 'alive') this.lookAtAlive(watch, now);
      else if (watch?.node.state === 'suspect') this.nextRound(watch, now);
      else if (watch?.node.state === 'dead') this.timers.set(id, this.probing.askDead(watch.node, now));
    }
  }

  /**
   * Somebody else hears the node. A suspect stays one, since it is this node that does not hear it: were it alive, it
   * would be suspect again after the next silence, and so on for ever. Its rounds of probes begin anew after that silence.
   */
  private vouched(watch: Watch, now: Instant): void {
    const { node } = watch;
    watch.vouchedAt = now;
    if (watch.onBehalf) {
      this.drop(node.id);
      if (node.state !== 'alive') this.become(node, 'alive', 'another node heard it', now);
      return;
    }
    if (node.state === 'alive') return;
    this.probing.end(node.id);
    this.timers.set(node.id, this.suspicionAt(watch));
    if (node.state === 'dead') this.become(node, 'alive', 'another node heard it', now);
  }

  private drop(id: NodeId): void {
    this.probing.end(id);
    this.watches.delete(id);
    this.timers.clear(id);
  }

  /** Moves the node's timer forward when it is later than `at`. */
  private lookBy(id: NodeId, at: Instant): void {
    const timer = this.timers.at(id);
    if (timer !== undefined && at < timer) this.timers.set(id, at);
  }

  private lookAtAlive(watch: Watch, now: Instant): void {
    const { node } = watch;
    const inquiry = this.probing.of(node.id);
    const silent = `no sign of life for ${seconds(elapsed(node.heardAt, now))}`;
    const deadline = this.suspicionAt(watch);
    if (watch.onBehalf && inquiry !== undefined) {
      if (inquiry.rounds === 0) this.timers.set(node.id, this.probing.round(node, inquiry, false, now));
      else this.suspect(watch, 'no answer, and its judge is silent', now);
    } else if (now >= deadline) {
      this.suspect(watch, silent, now);
    } else if (inquiry === undefined || node.heardAt > inquiry.since) {
      this.probing.end(node.id);
      this.timers.set(node.id, deadline);
    } else if (inquiry.rounds < ASKED_PROBES) {
      this.timers.set(node.id, this.probing.round(node, inquiry, false, now));
      this.lookBy(node.id, deadline);
    } else {
      const early = after(this.quietFrom(watch), this.intervalOf(node));
      if (now < early) this.timers.set(node.id, early);
      else this.suspect(watch, `${silent} and ${ASKED_PROBES} probes unanswered`, now);
    }
  }

  private suspect(watch: Watch, reason: string, now: Instant): void {
    const { node } = watch;
    if (!watch.onBehalf) this.probing.begin(node.id, now);
    this.become(node, 'suspect', reason, now);
    // Whoever was told may have released or revived the node.
    if (this.watches.get(node.id) !== watch || node.state !== 'suspect') return;
    this.doubtMyself(watch, now);
    this.nextRound(watch, now);
  }

  private nextRound(watch: Watch, now: Instant): void {
    const { node } = watch;
    const inquiry = this.probing.of(node.id) ?? this.probing.begin(node.id, now);
    const rounds = this.config.probeRounds * (this.doubt.active ? 2 : 1);
    if (inquiry.rounds < rounds) {
      this.timers.set(node.id, this.probing.round(node, inquiry, inquiry.rounds > 0, now));
      return;
    }
    this.timers.set(node.id, after(now, this.config.deadProbeMs));
    const silent = seconds(elapsed(latest(node.heardAt, watch.vouchedAt), now));
    this.become(node, 'dead', `no answer to ${inquiry.rounds} rounds of probes, no sign of life for ${silent}`, now);
  }

  private enliven(node: NodeRecord, reason: string, now: Instant): void {
    const watch = this.watches.get(node.id);
    if (watch !== undefined) {
      this.probing.end(node.id);
      this.timers.set(node.id, this.suspicionAt(watch));
    }
    this.become(node, 'alive', reason, now);
  }

  private become(node: NodeRecord, state: PeerState, reason: string, now: Instant): void {
    const was = node.state;
    node.state = state;
    node.since = now;
    node.reason = reason;
    this.port.changed(node, was, reason);
  }

  /**
   * This node stood still: what arrived meanwhile is not read yet, and answers may be lost for want of room. All deadlines
   * move by as much and by one round more, so that nothing is due now, and rounds of probes begin anew.
   */
  private forgive(lateMs: number, now: Instant): void {
    const shift = lateMs + this.config.probeRoundMs;
    this.probing.startOver();
    for (const watch of this.watches.values()) {
      const { id } = watch.node;
      const quiet = after(this.quietFrom(watch), shift);
      watch.quietSince = quiet < now ? quiet : now;
      const timer = this.timers.at(id);
      if (timer !== undefined) this.timers.set(id, after(timer, shift));
    }
    this.port.doubted(`this node stood still for at least ${seconds(lateMs)}`);
  }

  private doubtMyself({ node }: Watch, now: Instant): void {
    const own = [...this.watches.values()].filter(({ onBehalf }) => !onBehalf);
    const reason = this.doubt.fellSilent(own, this.intervalOf(node), now);
    if (reason !== undefined) this.port.doubted(reason);
  }

  /** Something was heard, so this node can hear: from now on the silent ones get the usual rounds, from the first. */
  private trustAgain(): void {
    this.doubt.end();
    this.probing.startOver();
  }

  private quietFrom({ node, quietSince, vouchedAt }: Watch): Instant {
    return latest(latest(node.heardAt, quietSince), latest(this.leases.get(node.id) ?? quietSince, vouchedAt));
  }

  private suspicionAt(watch: Watch): Instant {
    return after(this.quietFrom(watch), this.config.suspectAfter * this.intervalOf(watch.node));
  }

  /** What a peer promised, within reason: a tiny interval would spend all probes on this one peer. */
  private intervalOf(node: NodeRecord): number {
    return Math.min(Math.max(node.intervalMs, this.config.heartbeatFloorMs), this.config.forgetDeadMs);
  }
}

const latest = (a: Instant, b: Instant | undefined): Instant => (b !== undefined && b > a ? b : a);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
