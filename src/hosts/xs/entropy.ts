/**
 * Chance on a board whose C library starts with the same seed every time: the lowest bits of an analog input, mixed
 * with who it is, how often it started and how long it took to get here.
 *
 * @module
 */
import type { Moddable } from './moddable.ts';

/** Readings for 32 bits: each is good for one or two. */
const SAMPLES = 64;
/** FNV-1a, 32 bits. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

export class Entropy {
  private readonly moddable: Moddable;
  private state = OFFSET;

  constructor(moddable: Moddable, mac: string, epoch: number) {
    this.moddable = moddable;
    for (let at = 0; at < mac.length; at += 1) this.mix(mac.charCodeAt(at));
    for (let shift = 0; shift < 32; shift += 8) this.mix((epoch >>> shift) & 0xff);
  }

  /** 32 bits. */
  next(): number {
    const { moddable } = this;
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      this.mix(moddable.noise() & 0xff);
      this.mix(moddable.time.ticks & 0xff);
    }
    // The high bits of FNV are good, the low ones less so.
    return (this.state ^ (this.state >>> 15)) >>> 0;
  }

  private mix(byte: number): void {
    this.state = Math.imul(this.state ^ byte, PRIME) >>> 0;
  }
}
