/**
 * How often something may be done in all, and how often for one of many: an answer that anybody can provoke must not
 * become a flood.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../../base/time.ts';
import { Timers } from '../timers.ts';

export class Pace<Key> {
  private readonly perSecond: number;
  private readonly againMs: number;
  private readonly limit: number;
  private readonly done = new Timers<Key>();
  private tokens: number;
  private filledAt: Instant;

  /**
   * @param perSecond - in all; as many may come at once.
   * @param againMs - between two for one key.
   * @param limit - keys that are remembered.
   */
  constructor(perSecond: number, againMs: number, limit: number, now: Instant) {
    this.perSecond = perSecond;
    this.againMs = againMs;
    this.limit = limit;
    this.tokens = perSecond;
    this.filledAt = now;
  }

  /** Whether it may be done for that one now; if so, it counts as done. */
  allows(key: Key, now: Instant): boolean {
    this.done.due(now);
    if (this.done.at(key) !== undefined || this.done.size >= this.limit) return false;
    this.tokens = Math.min(this.perSecond, this.tokens + (elapsed(this.filledAt, now) * this.perSecond) / 1000);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    this.done.set(key, after(now, this.againMs));
    return true;
  }
}
