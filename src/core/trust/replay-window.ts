/**
 * Which datagrams of one sender were here already. Addressed ones and those to everybody have a window each, over one
 * row of sequence numbers: what goes to everybody may be queued by an access point for long, and must not push out the rest.
 *
 * The floor rises with time: what was the newest some seconds ago is the oldest that is taken now. So a datagram that
 * somebody kept is worth nothing once its sender has gone on, even if it never arrived.
 *
 * @module
 */
import { elapsed, type Instant } from '../../base/time.ts';

/** The sequence numbers seen up to the highest one. */
class Seen {
  highest: number;
  private readonly bits: Uint32Array;

  constructor(size: number, highest: number) {
    this.bits = new Uint32Array(size >>> 5);
    this.highest = highest;
  }

  /** False when it was here, or lies so far behind that nobody knows. */
  isNew(sequence: number): boolean {
    const { bits, highest } = this;
    const size = bits.length << 5;
    if (sequence > highest) return true;
    const place = sequence % size;
    return sequence > highest - size && ((bits[place >>> 5] as number) & (1 << (place & 31))) === 0;
  }

  /** @returns whether it was new. */
  take(sequence: number): boolean {
    if (!this.isNew(sequence)) return false;
    const { bits } = this;
    const size = bits.length << 5;
    if (sequence > this.highest) this.moveTo(sequence, size);
    const place = sequence % size;
    bits[place >>> 5] = (bits[place >>> 5] as number) | (1 << (place & 31));
    return true;
  }

  private moveTo(sequence: number, size: number): void {
    const { bits } = this;
    if (sequence - this.highest >= size) bits.fill(0);
    else
      for (let at = this.highest + 1; at < sequence; at++) {
        const place = at % size;
        bits[place >>> 5] = (bits[place >>> 5] as number) & ~(1 << (place & 31));
      }
    const place = sequence % size;
    bits[place >>> 5] = (bits[place >>> 5] as number) & ~(1 << (place & 31));
    this.highest = sequence;
  }
}

export class ReplayWindow {
  private readonly flightMs: number;
  private readonly addressed: Seen;
  private readonly broadcast: Seen;
  /** Nothing up to it is taken; nothing up to the mark will be, some time after `markedAt`. */
  private floor: number;
  private mark: number;
  private markedAt: Instant;
  private takenAt: Instant;

  /**
   * @param size - numbers that datagrams may overtake each other by; a multiple of 32.
   * @param sequence - of the datagram that proved the sender. Nothing before it is taken.
   * @param flightMs - ms that a datagram may be late.
   */
  constructor(size: number, sequence: number, flightMs: number, now: Instant) {
    this.flightMs = flightMs;
    this.addressed = new Seen(size, sequence);
    this.broadcast = new Seen(size, sequence);
    this.floor = sequence;
    this.mark = sequence;
    this.markedAt = now;
    this.takenAt = now;
  }

  /** Nothing up to that number is taken any more. */
  raise(sequence: number): void {
    this.floor = Math.max(this.floor, sequence);
  }

  /** Whether it would be taken. */
  isNew(sequence: number, addressed: boolean): boolean {
    return sequence > this.floor && (addressed ? this.addressed : this.broadcast).isNew(sequence);
  }

  /** @returns false for a datagram that was here, or that comes too late. */
  take(sequence: number, addressed: boolean, now: Instant): boolean {
    if (elapsed(this.markedAt, now) >= this.flightMs) {
      const highest = Math.max(this.addressed.highest, this.broadcast.highest);
      // After a silence all that was seen is as old.
      this.floor = Math.max(this.floor, elapsed(this.takenAt, now) >= this.flightMs ? highest : this.mark);
      this.mark = highest;
      this.markedAt = now;
    }
    if (sequence <= this.floor || !(addressed ? this.addressed : this.broadcast).take(sequence)) return false;
    this.takenAt = now;
    return true;
  }
}
