/**
 * This node's place in the cluster: it announces itself, finds the kernel that judges it, and sends that one
 * its heartbeats. Where no kernel is heard, it announces and beats to everybody.
 *
 * @module
 */

import type { Random } from '../../base/random.ts';
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Timers } from '../timers.ts';

export interface JoiningPort {
  /** Sends the announcement to the kernel, or to everybody without one. */
  announce(kernel: NodeId | undefined): void;
  heartbeat(kernel: NodeId | undefined, intervalMs: number, lease: boolean): void;
  /** What this node offers now, as a number that grows. */
  generation(): number;
  /** Nodes known, for the interval of broadcast heartbeats. */
  population(): number;
  judgeChanged(kernel: NodeId | undefined, was: NodeId | undefined): void;
}

/** Without a kernel, announcements are repeated so often; heartbeats tell the generation after that. */
const LONELY_ANNOUNCEMENTS = 6;
/** ms: no cluster needs rarer heartbeats, whatever a kernel asks for. */
const HEARTBEAT_MAX_MS = 60_000;
/** Heartbeats come a little before they are due, spread over this share of the interval, so that nodes do not beat as one. */
const BEAT_SPREAD = 0.1;
/** A lease is said so often, so far apart: if it were lost, the sleeper would soon be a suspect. */
const LEASE_SENDS = 3;
const LEASE_PAUSE_MS = 30;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'alone' }
  | { readonly kind: 'joining' | 'joined'; readonly kernel: NodeId };

export class Joining {
  private readonly config: Config;
  private readonly random: Random;
  private readonly port: JoiningPort;
  private readonly timers = new Timers<'announce' | 'heartbeat' | 'lease'>();
  private state: State = { kind: 'idle' };
  private heartbeatMs: number;
  private tries = 0;
  private leaseUntil: Instant | undefined;
  private leaseSends = 0;

  constructor(config: Config, random: Random, port: JoiningPort) {
    this.config = config;
    this.random = random;
    this.port = port;
    this.heartbeatMs = config.heartbeatFloorMs;
  }

  /** The kernel that judges this node; undefined while none does. */
  get judge(): NodeId | undefined {
    return this.state.kind === 'joined' ? this.state.kernel : undefined;
  }

  /** The interval that this node promises, ms. */
  get intervalMs(): number {
    const { broadcastFloorMs, broadcastPerNodeMs } = this.config;
    if (this.state.kind === 'joined') return this.heartbeatMs;
    return Math.max(broadcastFloorMs, broadcastPerNodeMs * this.port.population());
  }

  /** @param knownNodes - the size of the cluster when this node last ran: more nodes, more jitter. */
  start(knownNodes: number, now: Instant): void {
    const { jitterPerNodeMs, jitterMaxMs } = this.config;
    this.state = { kind: 'alone' };
    this.timers.set('announce', after(now, this.random.unit() * Math.min(jitterMaxMs, jitterPerNodeMs * knownNodes)));
    this.timers.set('heartbeat', after(now, this.intervalMs));
  }

  /** The offers changed: whoever judges this node must hear of it. */
  changed(now: Instant): void {
    if (this.state.kind === 'idle') return;
    this.tries = 0;
    this.timers.set('announce', now);
  }

  /** A kernel is there. It becomes the judge if this node has none. */
  heardKernel(kernel: NodeId, heartbeatMs: number, nodes: number, now: Instant): void {
    if (this.state.kind === 'idle') return;
    if (this.state.kind !== 'alone') {
      if (this.state.kernel === kernel) this.heartbeatMs = this.within(heartbeatMs);
      return;
    }
    this.heartbeatMs = this.within(heartbeatMs);
    this.join(kernel, nodes, now);
  }

  /** The kernel took the announcement of this generation; 0 and up. */
  welcomed(kernel: NodeId, generation: number, heartbeatMs: number, now: Instant): void {
    if (this.state.kind === 'idle' || generation !== this.port.generation()) return;
    if (this.state.kind === 'joined' && this.state.kernel !== kernel) return;
    const was = this.judge;
    this.state = { kind: 'joined', kernel };
    this.heartbeatMs = this.within(heartbeatMs);
    this.timers.clear('announce');
    if (was !== kernel) this.port.judgeChanged(kernel, was);
    // An announcement ended the lease at the judge that it went to.
    if (was !== kernel || this.isResting(now)) this.show(now);
  }

  /** The kernel is gone, or knows nothing any more. `next` takes its place, if one is known. */
  lost(kernel: NodeId, next: NodeId | undefined, now: Instant): void {
    if (this.state.kind === 'idle' || this.state.kind === 'alone' || this.state.kernel !== kernel) return;
    const was = this.judge;
    this.state = { kind: 'alone' };
    if (was !== undefined) this.port.judgeChanged(undefined, was);
    if (next === undefined) {
      this.changed(now);
      this.show(now);
    } else {
      this.join(next, this.port.population(), now);
    }
  }

  /** What this node announces is meant for that one too, and it has not taken it yet. */
  tells(node: NodeId): boolean {
    if (this.state.kind === 'idle') return false;
    if (this.state.kind === 'alone') return true;
    return this.state.kernel === node && this.timers.at('announce') !== undefined;
  }

  /** Someone thinks ill of this node: it shows at once that it lives. */
  refute(now: Instant): void {
    if (this.state.kind !== 'idle') this.show(now);
  }

  /** Silence for `ms` is to be expected; 0 ends it. */
  lease(ms: number, now: Instant): void {
    if (this.state.kind === 'idle') return;
    this.leaseUntil = ms > 0 ? after(now, ms) : undefined;
    this.show(now);
  }

  stop(): void {
    this.state = { kind: 'idle' };
    this.timers.clear('announce');
    this.timers.clear('heartbeat');
    this.timers.clear('lease');
  }

  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  advance(now: Instant): void {
    for (const timer of this.timers.due(now)) {
      if (timer === 'announce') this.announce(now);
      else if (timer === 'lease') this.sayLease(now);
      else this.beat(now);
    }
  }

  /** All nodes hear the same beacon: their announcements must not come at once. */
  private join(kernel: NodeId, nodes: number, now: Instant): void {
    this.state = { kind: 'joining', kernel };
    this.tries = 0;
    const spread = Math.min(this.config.jitterPerNodeMs * nodes, this.heartbeatMs / 2);
    this.timers.set('announce', after(now, this.random.unit() * spread));
  }

  /** A kernel may ask for heartbeats as rare as its cluster needs, but not for a flood of them. */
  private within(heartbeatMs: number): number {
    return Math.min(Math.max(heartbeatMs, this.config.heartbeatFloorMs), HEARTBEAT_MAX_MS);
  }

  private announce(now: Instant): void {
    if (this.state.kind === 'idle') return;
    this.port.announce(this.state.kind === 'alone' ? undefined : this.state.kernel);
    this.tries += 1;
    if (this.state.kind === 'alone' && this.tries >= LONELY_ANNOUNCEMENTS) return;
    const { joinRetryMs, joinRetryMaxMs } = this.config;
    // To a kernel it costs no more airtime than the heartbeat that this kernel asks for.
    const most = this.state.kind === 'alone' ? joinRetryMaxMs : Math.min(this.heartbeatMs, joinRetryMaxMs);
    const wait = Math.min(joinRetryMs * 2 ** Math.min(this.tries - 1, 16), most);
    this.timers.set('announce', after(now, wait * this.random.between(0.8, 1.2)));
  }

  private isResting(now: Instant): boolean {
    return this.leaseUntil !== undefined && this.leaseUntil > now;
  }

  /** A sign of life out of turn; or the word again that there will be none. */
  private show(now: Instant): void {
    this.leaseSends = 0;
    if (this.isResting(now)) this.sayLease(now);
    else this.beat(now);
  }

  private sayLease(now: Instant): void {
    if (this.leaseUntil === undefined || this.leaseUntil <= now) return;
    this.port.heartbeat(this.judge, Math.ceil(elapsed(now, this.leaseUntil)), true);
    this.leaseSends += 1;
    if (this.leaseSends < LEASE_SENDS) this.timers.set('lease', after(now, LEASE_PAUSE_MS));
  }

  private beat(now: Instant): void {
    const interval = this.intervalMs;
    if (!this.isResting(now)) {
      this.leaseUntil = undefined;
      this.port.heartbeat(this.judge, interval, false);
    }
    this.timers.set('heartbeat', after(now, interval * this.random.between(1 - BEAT_SPREAD, 1)));
  }
}
