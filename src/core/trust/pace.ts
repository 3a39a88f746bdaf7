/**
 * How often something may be done in all, and how often for one node: an answer that anybody can provoke must not
 * become a flood.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { NodeId } from '../../wire/message.ts';
import { Timers } from '../timers.ts';

export class Pace {
  private readonly perSecond: number;
  private readonly againMs: number;
  private readonly limit: number;
  private readonly done = new Timers<NodeId>();
  private tokens: number;
  private filledAt: Instant;

  /**
   * @param perSecond - in all; as many may come at once.
   * @param againMs - between two for one node.
   * @param limit - nodes that are remembered.
   */
  constructor(perSecond: number, againMs: number, limit: number, now: Instant) {
    this.perSecond = perSecond;
    this.againMs = againMs;
    this.limit = limit;
    this.tokens = perSecond;
    this.filledAt = now;
  }

  /** Whether it may be done for that node now; if so, it counts as done. */
  allows(node: NodeId, now: Instant): boolean {
    this.done.due(now);
    if (this.done.at(node) !== undefined || this.done.size >= this.limit) return false;
    this.tokens = Math.min(this.perSecond, this.tokens + (elapsed(this.filledAt, now) * this.perSecond) / 1000);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    this.done.set(node, after(now, this.againMs));
    return true;
  }
}
