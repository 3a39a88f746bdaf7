/**
 * What time it is: by this machine's own clock or, on a board that has none, by the clock of a kernel.
 *
 * @module
 */
import { elapsed, type Instant } from '../base/time.ts';

/** It was `ms` since 1970 at `at`. */
interface Mark {
  readonly ms: number;
  readonly at: Instant;
}

export class WallClock {
  private own: Mark;
  private told: Mark;

  /** @param ms - since 1970, by this machine's clock at `now`; 0: it has none. */
  constructor(ms: number, now: Instant) {
    this.own = { ms, at: now };
    this.told = { ms: 0, at: now };
  }

  /** This machine's clock shows `ms` since 1970; 0: it has none. It may be set while the node runs. */
  set(ms: number, now: Instant): void {
    this.own = { ms, at: now };
  }

  /** A kernel says that it is `ms` since 1970; 0: it does not know. */
  hear(ms: number, now: Instant): void {
    if (ms > 0) this.told = { ms, at: now };
  }

  /** By this machine's own clock, ms since 1970; 0 without one. What others may go by: what was only heard is not passed on. */
  ownTime(now: Instant): number {
    return timeOf(this.own, now);
  }

  /** By the best clock that is known here, ms since 1970; 0 when there is none. */
  time(now: Instant): number {
    return timeOf(this.own, now) || timeOf(this.told, now);
  }
}

const timeOf = ({ ms, at }: Mark, now: Instant): number => (ms === 0 ? 0 : ms + elapsed(at, now));
