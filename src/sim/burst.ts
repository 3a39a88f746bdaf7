/**
 * Bursts of loss after Gilbert and Elliott (Bell System Technical Journal 39, 1960, and 42, 1963): a channel that is
 * good for a while and bad for a while, each for a time drawn from an exponential distribution.
 *
 * The channel is looked at only when something is sent; what happened meanwhile is made up then, from its own stream
 * of chance, so that how often one looks changes nothing.
 *
 * @module
 */
import type { Random } from '../base/random.ts';
import type { Instant } from '../base/time.ts';

export interface Burst {
  /** ms that the channel stays good, on average. */
  readonly everyMs: number;
  /** ms that it stays bad, on average. */
  readonly forMs: number;
  /** Share lost while it is bad, 0 to 1. */
  readonly loss: number;
}

export class BurstyChannel {
  private readonly burst: Burst;
  private readonly random: Random;
  private isBad = false;
  private until: number;

  constructor(burst: Burst, random: Random, now: Instant) {
    this.burst = burst;
    this.random = random;
    this.until = now + exponential(random) * burst.everyMs;
  }

  /** The share that is lost now by its doing: 0 while it is good. `now` never goes back. */
  loss(now: Instant): number {
    const { everyMs, forMs, loss } = this.burst;
    while (this.until <= now) {
      this.isBad = !this.isBad;
      this.until += exponential(this.random) * (this.isBad ? forMs : everyMs);
    }
    return this.isBad ? loss : 0;
  }
}

/**
 * A draw with mean 1, by comparisons alone (von Neumann, 1951): a logarithm could differ in its last bit between
 * engines, and with it the whole run.
 */
export function exponential(random: Random): number {
  for (let whole = 0; ; whole++) {
    const first = random.unit();
    let last = first;
    for (let count = 2; ; count++) {
      const next = random.unit();
      if (next < last) {
        last = next;
        continue;
      }
      if (count % 2 === 0) return whole + first;
      break;
    }
  }
}
