/**
 * How many retries may be sent. Each call pays in a little more than one retry, so loss gets its repeats, but when
 * nothing answers any more the retries run dry: an outage causes no storm.
 *
 * @module
 */
import type { Config } from '../config.ts';

export class RetryBudget {
  private readonly perCall: number;
  private readonly reserve: number;
  private left: number;

  /** Begins full, so that the only call of a short-lived process gets all the retries it needs. */
  constructor(config: Config) {
    this.perCall = config.retriesPerCall;
    this.reserve = config.retryReserve;
    this.left = this.reserve;
  }

  /** A new call begins. */
  earn(): void {
    this.left = Math.min(this.reserve, this.left + this.perCall);
  }

  /** Takes one retry out; false when there is none. */
  spend(): boolean {
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
