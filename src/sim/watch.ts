/**
 * Watches a cluster, whatever its rules, and notes how well it knows itself: how soon a death is suspected and certain,
 * and who is called dead that lives. The truth comes from the faults, not from any node.
 *
 * Whatever holds a node or the air (hung, asleep, cut off) excuses verdicts while it lasts and for `EXCUSED_MS` after.
 *
 * @module
 */
import type { Millis } from '../base/time.ts';
import { after, elapsed, type Instant, instant } from '../base/time.ts';
import type { ClusterEvent } from '../core/model.ts';
import type { Cluster } from './cluster.ts';
import type { Fault } from './faults.ts';

/** What a watch has noted. */
export interface Watched {
  /** ms from each death to the first kernel that suspected it, and that called it dead. */
  readonly suspectMs: readonly number[];
  readonly deadMs: readonly number[];
  /** Deaths that no kernel has noticed. */
  readonly unnoticed: number;
  readonly falseDeaths: number;
  /** Days that nodes were watched, all together; kernels count. */
  readonly nodeDays: number;
}

interface Life {
  isUp: boolean;
  since: Instant;
  /** It is off, and nobody was told. */
  readonly dies: boolean;
  suspected: boolean;
  /** Observers that hold it for dead. */
  readonly heldDeadBy: Set<string>;
}

const EXCUSED_MS = 40_000;
const DAY_MS = 86_400_000;

export class Watch {
  private readonly cluster: Cluster;
  private readonly lives = new Map<string, Life>();
  /** Those that said goodbye: they do not die. */
  private readonly leaving = new Set<string>();
  private readonly suspectMs: number[] = [];
  private readonly deadMs: number[] = [];
  private deaths = 0;
  private falseDeaths = 0;
  private upMs = 0;
  private excusedUntil: Instant = instant(0);

  /** Begins to watch; takes the cluster's hooks for life, events and faults. Before `cluster.start()`. */
  constructor(cluster: Cluster) {
    this.cluster = cluster;
    cluster.onLife = (node, change) => this.lived(node, change === 'up');
    cluster.onEvent = (observer, event) => this.told(observer, event);
    cluster.onFault = (fault, phase) => this.befell(fault, phase === 'ends');
  }

  results(): Watched {
    const { suspectMs, deadMs, deaths, falseDeaths } = this;
    let { upMs } = this;
    for (const { isUp, since } of this.lives.values()) if (isUp) upMs += this.since(since);
    return { suspectMs, deadMs, unnoticed: deaths - deadMs.length, falseDeaths, nodeDays: upMs / DAY_MS };
  }

  private lived(name: string, isUp: boolean): void {
    const known = this.lives.get(name);
    if (known?.isUp === true) this.upMs += this.since(known.since);
    const dies = known?.isUp === true && !isUp && !this.leaving.delete(name);
    if (dies) this.deaths += 1;
    const heldDeadBy = known?.heldDeadBy ?? new Set();
    this.lives.set(name, { isUp, since: this.now(), dies, suspected: false, heldDeadBy });
    if (!isUp) for (const { heldDeadBy: held } of this.lives.values()) held.delete(name);
  }

  private told(observer: string, event: ClusterEvent): void {
    if (event.type !== 'node' || this.cluster.roleOf(observer) !== 'kernel') return;
    const life = this.lives.get(event.name);
    if (life === undefined) return;
    if (event.state === 'alive') life.heldDeadBy.delete(observer);
    if (life.isUp) {
      if (event.state === 'dead') this.wrong(life, observer);
      return;
    }
    if (!life.dies) return;
    const ms = this.since(life.since);
    const isFirst = !life.suspected;
    if (event.state === 'suspect' || event.state === 'dead') life.suspected = true;
    if (isFirst && life.suspected) this.suspectMs.push(ms);
    if (event.state === 'dead' && life.heldDeadBy.size === 0) this.deadMs.push(ms);
    if (event.state === 'dead') life.heldDeadBy.add(observer);
  }

  private wrong(life: Life, observer: string): void {
    const isNew = life.heldDeadBy.size === 0;
    life.heldDeadBy.add(observer);
    // A node that was off for less time than its death takes to notice is not wronged by the notice.
    const isExcused = this.now() < this.excusedUntil || (life.since > 0 && this.since(life.since) < EXCUSED_MS);
    if (isNew && !isExcused) this.falseDeaths += 1;
  }

  private befell(fault: Fault, isOver: boolean): void {
    if (fault.kind === 'leave' && !isOver) this.leaving.add(fault.node);
    if (!HOLDS.includes(fault.kind)) return;
    const lasts = !isOver && 'forMs' in fault ? (fault.forMs ?? Number.MAX_SAFE_INTEGER) : 0;
    const until = after(this.now(), lasts + EXCUSED_MS);
    if (until > this.excusedUntil) this.excusedUntil = until;
  }

  private now(): Instant {
    return this.cluster.world.now();
  }

  private since(moment: Instant): Millis {
    return elapsed(moment, this.now());
  }
}

/** Faults that keep a node, or everybody, from being heard. */
const HOLDS: readonly Fault['kind'][] = ['hang', 'sleep', 'deaf', 'habits', 'cut', 'mend', 'partition', 'heal'];
