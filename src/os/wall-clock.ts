/**
 * The time of day on a node: by its machine's clock, and where that shows none, by what a kernel says.
 *
 * @module
 */
import { after, type Instant } from '../base/time.ts';
import type { Clock } from './host.ts';
import type { Signal } from './signal.ts';

/** ms between looks at the machine's clock: it may be set while a node runs. */
const LOOK_MS = 10_000;

/** Who hears the cluster's kernels. */
export interface Hearer {
  /** The time by them, ms since 1970; 0 while none was heard. */
  time(now: Instant): number;
}

export class NodeClock implements Clock {
  private readonly host: Clock;
  private readonly hearer: Hearer;

  constructor(host: Clock, hearer: Hearer) {
    this.host = host;
    this.hearer = hearer;
  }

  now(): Instant {
    return this.host.now();
  }

  wallClock(): number {
    return this.host.wallClock() || this.hearer.time(this.host.now());
  }

  timer(at: Instant, run: () => void): () => void {
    return this.host.timer(at, run);
  }
}

/** Tells again and again what the machine's clock shows, until `ended`. */
export function watchClock(host: Clock, tell: (wallClock: number) => void, ended: Signal): void {
  let cancel: () => void = () => undefined;
  const look = (): void => {
    cancel = host.timer(after(host.now(), LOOK_MS), () => {
      look();
      tell(host.wallClock());
    });
  };
  look();
  ended.addEventListener('abort', () => cancel());
}
