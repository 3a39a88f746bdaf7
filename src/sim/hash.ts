/**
 * FNV-1a: seeds from words, and short marks of what happened.
 *
 * @module
 */

/** A seed for each purpose, so that one more machine changes no other's chance. */
export const seedOf = (text: string): number => {
  let value = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) value = Math.imul(value ^ text.charCodeAt(place), 0x01000193);
  return value >>> 0;
};

/** The mark of some bytes. */
export const markOf = (bytes: Uint8Array): number => {
  let value = 0x811c9dc5;
  for (let place = 0; place < bytes.length; place++) value = Math.imul(value ^ (bytes[place] ?? 0), 0x01000193);
  return value >>> 0;
};

/** The digest of a trace, line by line: two traces with the same digest are the same. 64 bits, not against forgers. */
export class TraceDigest {
  /** Lines so far. */
  lines = 0;
  private high = 0x811c9dc5;
  private low = 0xcbf29ce4;
  /** A moment as its two halves: times are no whole numbers. */
  private readonly moment = new Float64Array(1);
  private readonly momentParts = new Uint32Array(this.moment.buffer);

  add(line: string): void {
    this.lines++;
    let { high, low } = this;
    for (let place = 0; place <= line.length; place++) {
      const code = place < line.length ? line.charCodeAt(place) : 10;
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code ^ (high >>> 13), 0x5bd1e995);
    }
    this.high = high;
    this.low = low;
  }

  /** A happening, as numbers: what, when, and three more that are whole. Counts as a line. */
  addNumbers(what: number, when: number, a: number, b: number, c: number): void {
    this.lines++;
    this.moment[0] = when;
    this.mix(what);
    for (const part of this.momentParts) this.mix(part);
    this.mix(a);
    this.mix(b);
    this.mix(c);
  }

  private mix(value: number): void {
    this.high = Math.imul(this.high ^ value, 0x01000193);
    this.low = Math.imul(this.low ^ value ^ (this.high >>> 13), 0x5bd1e995);
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    return [this.high, this.low].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
