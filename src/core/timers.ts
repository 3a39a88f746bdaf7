/**
 * A table of deadlines: what is due, and when to wake next. It holds no clock.
 *
 * `next()` may be early, never late: removing a deadline does not search for the new minimum. Waking early
 * costs one look at the table; searching at every removal would cost one for each call.
 *
 * @module
 */
import { type Instant, instant } from '../base/time.ts';

export class Timers<Key> {
  private readonly deadlines = new Map<Key, Instant>();
  private soonest: Instant | undefined;

  get size(): number {
    return this.deadlines.size;
  }

  /** Sets or moves the deadline of `key`. */
  set(key: Key, at: Instant): void {
    this.deadlines.set(key, at);
    if (this.soonest === undefined || at < this.soonest) this.soonest = at;
  }

  at(key: Key): Instant | undefined {
    return this.deadlines.get(key);
  }

  clear(key: Key): void {
    this.deadlines.delete(key);
    if (this.deadlines.size === 0) this.soonest = undefined;
  }

  /** No deadline lies before this moment; undefined when there is none at all. */
  next(): Instant | undefined {
    return this.soonest;
  }

  /** Takes out and returns the keys whose deadline has come, soonest first. */
  due(now: Instant): Key[] {
    if (this.soonest === undefined || this.soonest > now) return [];
    const ready: [Key, Instant][] = [];
    let soonest = Number.POSITIVE_INFINITY;
    // Of all the ways through a map the one that makes no object for each entry: a judge of 300 looks 60 times a second.
    this.deadlines.forEach((at, key) => {
      if (at <= now) ready.push([key, at]);
      else if (at < soonest) soonest = at;
    });
    for (const [key] of ready) this.deadlines.delete(key);
    this.soonest = soonest === Number.POSITIVE_INFINITY ? undefined : instant(soonest);
    return ready.sort((a, b) => a[1] - b[1]).map(([key]) => key);
  }
}
