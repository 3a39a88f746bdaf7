/**
 * What happens in a world, told line by line, and as a digest that two runs share only if they are the same. The digest
 * is made from the numbers of what happens, not from the lines: so it costs little where nobody wants to read.
 *
 * @module
 */
import type { Instant } from '../base/time.ts';
import { markOf, TraceDigest } from './hash.ts';
import type { Machine } from './machine.ts';
import type { Drop, Parcel } from './parcel.ts';

/** What the digest knows each happening by. */
const SENDS = 1;
const HEARS = 2;
const MISSES = 3;
const DROPS = 4;
const WHYS: readonly Drop[] = ['off', 'deaf', 'full'];

export class Trace {
  /**
   * Gets a line for every datagram sent (with its number, length and mark), heard, missed in the air and dropped by the
   * machine it reached, and for what is noted.
   */
  onLine: ((line: string) => void) | undefined;
  private digest: TraceDigest | undefined;
  private readonly now: () => Instant;

  constructor(now: () => Instant) {
    this.now = now;
  }

  /** Makes a digest from now on. */
  digests(): TraceDigest {
    this.digest ??= new TraceDigest();
    return this.digest;
  }

  /** Somebody wants to know. */
  get isKept(): boolean {
    return this.onLine !== undefined || this.digest !== undefined;
  }

  /** @param to - undefined: everybody. */
  sends(from: Machine, number: number, to: string | undefined, bytes: Uint8Array): void {
    // Nobody needs the mark either.
    if (!this.isKept) return;
    const mark = markOf(bytes);
    this.digest?.addNumbers(SENDS, this.now(), from.number, number, mark);
    const deed = to === undefined ? `broadcasts ${number}` : `sends ${number} to ${to}`;
    this.onLine?.(`${this.now()} ${from.name} ${deed}: ${bytes.length}B ${mark}`);
  }

  hears({ name, number: who }: Machine, { number, isBroken }: Parcel): void {
    this.digest?.addNumbers(HEARS, this.now(), who, number, isBroken ? 1 : 0);
    this.onLine?.(`${this.now()} ${name} hears ${number}${isBroken ? ' broken' : ''}`);
  }

  misses({ name, number: who }: Machine, { number }: Parcel): void {
    this.digest?.addNumbers(MISSES, this.now(), who, number, 0);
    this.onLine?.(`${this.now()} ${name} misses ${number}`);
  }

  drops({ name, number: who }: Machine, { number }: Parcel, why: Drop): void {
    this.digest?.addNumbers(DROPS, this.now(), who, number, WHYS.indexOf(why));
    this.onLine?.(`${this.now()} ${name} drops ${number}: ${why}`);
  }

  /** A line of one's own. */
  note(text: string): void {
    if (!this.isKept) return;
    const line = `${this.now()} ${text}`;
    this.digest?.add(line);
    this.onLine?.(line);
  }
}
