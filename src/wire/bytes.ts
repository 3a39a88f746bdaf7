/**
 * Big-endian fields in a byte array, by index. The Reader never throws: what goes wrong first stays in `refusal`, and
 * whatever is read after that is zeros which nobody may use. The Writer asserts: a value that does not fit is our own
 * fault.
 *
 * @module
 */
import { assert } from '../base/assert.ts';
import type { Refusal } from './message.ts';

export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  /** Behind the last byte that may be read. */
  readonly end: number;
  /** Why reading failed first; undefined while all is well. */
  refusal: Refusal | undefined;

  constructor(bytes: Uint8Array, at: number, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.refusal = undefined;
  }

  u8(): number {
    const at = this.at;
    if (at >= this.end) {
      this.refuse('truncated');
      return 0;
    }
    this.at = at + 1;
    return this.bytes[at] as number;
  }

  u16(): number {
    const high = this.u8();
    return (high << 8) | this.u8();
  }

  u32(): number {
    const high = this.u16();
    return ((high << 16) | this.u16()) >>> 0;
  }

  u48(): number {
    const high = this.u16();
    return high * 0x1_0000_0000 + this.u32();
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }

  refuse(refusal: Refusal): void {
    this.refusal ??= refusal;
  }

  /** Refuses the datagram as `bad-field` unless `holds`. */
  check(holds: boolean): void {
    if (!holds) this.refuse('bad-field');
  }
}

export class Writer {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  u8(value: number): void {
    assert((value & 0xff) === value, 'a u8 is an integer from 0 to 255');
    this.bytes[this.at++] = value;
  }

  u16(value: number): void {
    assert((value & 0xffff) === value, 'a u16 is an integer from 0 to 65535');
    const at = this.at;
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value;
    this.at = at + 2;
  }

  u32(value: number): void {
    assert(value >>> 0 === value, 'a u32 is an integer from 0 to 2^32 - 1');
    const at = this.at;
    this.bytes[at] = value >>> 24;
    this.bytes[at + 1] = value >>> 16;
    this.bytes[at + 2] = value >>> 8;
    this.bytes[at + 3] = value;
    this.at = at + 4;
  }

  u48(value: number): void {
    this.u16(Math.floor(value / 0x1_0000_0000));
    this.u32(value % 0x1_0000_0000);
  }
}

/** A measured quantity (a span, a load) as its field can hold it: whole, and no more than `max`. */
export const saturate = (value: number, max: number): number => Math.floor(Math.min(Math.max(value, 0), max));
