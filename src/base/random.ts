/**
 * Seeded randomness: the only source of chance in portable code. A host seeds it from real entropy, a
 * simulated world from its seed. Not for secrets.
 *
 * The generator is mulberry32 (public domain, Tommy Ettinger): 32 bits of state, passes gjrand.
 *
 * @module
 */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** An integer from 0 to 2^32 - 1. */
  u32(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  }

  /** A number in [0, 1). */
  unit(): number {
    return this.u32() / 0x1_0000_0000;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** An integer from 1 to 2^32 - 1: for ids where 0 means none. */
  id(): number {
    return this.u32() || 1;
  }

  /** An independent stream, so that one purpose's draws do not shift another's. */
  split(): Random {
    return new Random(this.u32());
  }
}
