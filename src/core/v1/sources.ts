/**
 * How much v1 each source may send: what is not sealed may come from anybody, is answered at more length than it asked, and its
 * sender may be forged. So each address gets so many datagrams a second, and all together ten times that.
 *
 * @module
 */
import { Bucket } from '../../base/bucket.ts';
import { elapsed, type Instant } from '../../base/time.ts';
import type { Address } from '../../wire/message.ts';

/** Sources that may be busy at once, each as much as it may. */
const BUSY = 10;
/** ms after which a source is as good as new. */
const FULL_MS = 1000;

interface Source {
  readonly bucket: Bucket;
  heardAt: Instant;
}

export class Sources {
  private readonly perSecond: number;
  private readonly limit: number;
  private readonly all: Bucket;
  private readonly sources = new Map<string, Source>();

  /** @param limit - addresses that are told apart. */
  constructor(perSecond: number, limit: number) {
    this.perSecond = perSecond;
    this.limit = limit;
    this.all = new Bucket(BUSY * perSecond);
  }

  /** Whether a datagram from there is looked at. A machine is one source, whatever its ports. */
  admits(from: Address, now: Instant): boolean {
    const ip = from.slice(0, from.lastIndexOf(':'));
    const source = this.sources.get(ip) ?? this.open(now);
    if (source === undefined || !source.bucket.holds(1, now) || !this.all.holds(1, now)) return false;
    source.bucket.take(1);
    this.all.take(1);
    source.heardAt = now;
    this.sources.set(ip, source);
    return true;
  }

  /** A new one; undefined when all that are told apart are busy. */
  private open(now: Instant): Source | undefined {
    if (this.sources.size >= this.limit)
      for (const [ip, { heardAt }] of this.sources) if (elapsed(heardAt, now) >= FULL_MS) this.sources.delete(ip);
    if (this.sources.size >= this.limit) return undefined;
    return { bucket: new Bucket(this.perSecond), heardAt: now };
  }
}
