/**
 * A token bucket: so many a second on average, and one second's worth at once. Time comes from outside.
 *
 * @module
 */
import { after, elapsed, type Instant } from './time.ts';

export class Bucket {
  private readonly perMs: number;
  /** What it holds when full. */
  readonly capacity: number;
  private tokens: number;
  private filledAt: Instant | undefined;

  /** @param perSecond - above 0; the bucket begins full. */
  constructor(perSecond: number) {
    this.perMs = perSecond / 1000;
    this.capacity = Math.max(1, perSecond);
    this.tokens = this.capacity;
  }

  /** True when it holds at least `level`. */
  holds(level: number, now: Instant): boolean {
    if (this.filledAt !== undefined)
      this.tokens = Math.min(this.capacity, this.tokens + elapsed(this.filledAt, now) * this.perMs);
    this.filledAt = now;
    return this.tokens >= level;
  }

  /** Takes `count` out. It may go below zero: the average holds, and what belongs together is not torn apart. */
  take(count: number): void {
    this.tokens -= count;
  }

  /** When to look again after it did not hold `level`; at least 1 ms later. */
  readyAt(level: number, now: Instant): Instant {
    return after(now, Math.max(1, (level - this.tokens) / this.perMs));
  }
}
