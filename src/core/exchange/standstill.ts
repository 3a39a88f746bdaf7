/**
 * How long a datagram may have lain in the socket before it was read: no longer than this node stood still. Nothing in
 * the datagram says so, but a wake-up that comes far too late does.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { Config } from '../config.ts';

/** ms after a wake-up within which everything that waited in the socket is read. */
const DRAIN_MS = 250;

export class Standstill {
  private readonly config: Config;
  /** When this node last kept up: nothing was overdue. */
  private kept: Instant;
  private began: Instant;
  private drainedAt: Instant;

  constructor(config: Config, now: Instant) {
    this.config = config;
    this.kept = now;
    this.began = now;
    this.drainedAt = now;
  }

  /** Time has come to this node: a datagram, or its alarm. `due`: when it was to act at the latest. */
  woke(due: Instant, now: Instant): void {
    if (elapsed(due, now) <= this.config.stallMs) {
      this.kept = now;
      return;
    }
    this.began = this.kept;
    this.drainedAt = after(now, DRAIN_MS);
  }

  /** ms that a datagram read now may have waited; 0 for a node that keeps up. */
  waitedMs(now: Instant): number {
    return now < this.drainedAt ? elapsed(this.began, now) : 0;
  }
}
