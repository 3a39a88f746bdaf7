/**
 * Inflating (RFC 1950, 1951) in the language alone, bounded by the caller: what a datagram holds. Damaged data is an
 * answer, not an error. Small rather than fast: boards see a deflated body now and then.
 *
 * @module
 */

const MAX_BITS = 15;
const END = 256;
const LENGTH_CODES = 29;
const DISTANCE_CODES = 30;
const ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** How many codes there are of each length, and the symbols in the order of their codes. */
interface Codes {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/**
 * Inflates at most `limit` bytes.
 * @returns undefined for damaged data, `'too-large'` when there is more.
 */
export function inflate(
  bytes: Uint8Array,
  format: 'raw' | 'zlib',
  limit: number,
): Uint8Array | 'too-large' | undefined {
  const stream = new Stream(bytes, format === 'zlib' ? 2 : 0, limit);
  while (stream.fault === undefined && !stream.block());
  if (stream.fault === 'too-large') return 'too-large';
  if (stream.fault !== undefined) return undefined;
  const out = stream.out.slice(0, stream.size);
  return format === 'raw' || stream.checksum() === adler32(out) ? out : undefined;
}

class Stream {
  out: Uint8Array;
  size = 0;
  fault: 'damaged' | 'too-large' | undefined;
  private readonly bytes: Uint8Array;
  private readonly limit: number;
  private at: number;
  private held = 0;
  private heldBits = 0;

  constructor(bytes: Uint8Array, from: number, limit: number) {
    this.bytes = bytes;
    this.at = from;
    this.limit = limit;
    this.out = new Uint8Array(Math.min(limit, bytes.length * 4));
  }

  /** Takes one block. True after the last. */
  block(): boolean {
    const last = this.bits(1) === 1;
    const kind = this.bits(2);
    if (kind === 0) this.stored();
    else if (kind === 1) this.coded(fixed(), codesOf(new Uint8Array(DISTANCE_CODES).fill(5)));
    else if (kind === 2) this.dynamic();
    else this.fault ??= 'damaged';
    return last;
  }

  /** The four bytes after the last block. */
  checksum(): number {
    this.held = 0;
    this.heldBits = 0;
    let sum = 0;
    for (let byte = 0; byte < 4; byte += 1) sum = sum * 256 + this.bits(8);
    return this.fault === undefined ? sum : -1;
  }

  private bits(count: number): number {
    while (this.heldBits < count) {
      if (this.at >= this.bytes.length) this.fault ??= 'damaged';
      this.held |= (this.bytes[this.at] ?? 0) << this.heldBits;
      this.at += 1;
      this.heldBits += 8;
    }
    const value = this.held & ((1 << count) - 1);
    this.held >>>= count;
    this.heldBits -= count;
    return value;
  }

  private put(byte: number): void {
    if (this.size >= this.limit) {
      this.fault ??= 'too-large';
      return;
    }
    if (this.size === this.out.length) {
      const larger = new Uint8Array(Math.min(this.limit, this.size * 2 + 64));
      larger.set(this.out);
      this.out = larger;
    }
    this.out[this.size] = byte;
    this.size += 1;
  }

  private stored(): void {
    this.held = 0;
    this.heldBits = 0;
    const length = this.bits(16);
    if ((this.bits(16) ^ length) !== 0xffff) this.fault ??= 'damaged';
    for (let left = length; left > 0 && this.fault === undefined; left -= 1) this.put(this.bits(8));
  }

  /** The next symbol, by the shortest code first; -1 when no code fits. */
  private symbol({ counts, symbols }: Codes): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_BITS; length += 1) {
      code |= this.bits(1);
      const count = counts[length] as number;
      if (code - count < first) return symbols[index + code - first] as number;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    this.fault ??= 'damaged';
    return -1;
  }

  private coded(lengths: Codes, distances: Codes): void {
    while (this.fault === undefined) {
      const symbol = this.symbol(lengths);
      if (symbol === END) return;
      if (symbol < END) this.put(symbol);
      else this.copy(symbol - END - 1, distances);
    }
  }

  private copy(lengthCode: number, distances: Codes): void {
    if (lengthCode >= LENGTH_CODES) this.fault ??= 'damaged';
    let length = 258;
    if (lengthCode < LENGTH_CODES - 1) {
      const extra = lengthCode < 8 ? 0 : (lengthCode - 4) >> 2;
      length = lengthCode < 8 ? lengthCode + 3 : ((4 + (lengthCode & 3)) << extra) + 3 + this.bits(extra);
    }
    const code = this.symbol(distances);
    if (code >= DISTANCE_CODES) this.fault ??= 'damaged';
    const extra = code < 4 ? 0 : (code - 2) >> 1;
    const distance = code < 4 ? code + 1 : ((2 + (code & 1)) << extra) + 1 + this.bits(extra);
    if (distance > this.size) this.fault ??= 'damaged';
    for (; length > 0 && this.fault === undefined; length -= 1) this.put(this.out[this.size - distance] as number);
  }

  private dynamic(): void {
    const lengths = this.bits(5) + 257;
    const distances = this.bits(5) + 1;
    const coded = this.bits(4) + 4;
    const sizes = new Uint8Array(ORDER.length);
    for (let at = 0; at < coded; at += 1) sizes[ORDER[at] as number] = this.bits(3);
    const all = this.sizes(codesOf(sizes), lengths + distances);
    if (this.fault === undefined) this.coded(codesOf(all.subarray(0, lengths)), codesOf(all.subarray(lengths)));
  }

  /** Code lengths, themselves coded, with runs. */
  private sizes(codes: Codes, count: number): Uint8Array {
    const sizes = new Uint8Array(count);
    let at = 0;
    while (at < count && this.fault === undefined) {
      const symbol = this.symbol(codes);
      if (symbol < 16) {
        sizes[at] = symbol;
        at += 1;
        continue;
      }
      const size = symbol === 16 ? sizes[at - 1] : 0;
      const run = symbol === 16 ? 3 + this.bits(2) : symbol === 17 ? 3 + this.bits(3) : 11 + this.bits(7);
      if (size === undefined || at + run > count) this.fault ??= 'damaged';
      else sizes.fill(size, at, at + run);
      at += run;
    }
    if (sizes[END] === 0) this.fault ??= 'damaged';
    return sizes;
  }
}

function codesOf(sizes: Uint8Array): Codes {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const size of sizes) counts[size] = (counts[size] as number) + 1;
  const next = new Uint16Array(MAX_BITS + 2);
  for (let size = 1; size <= MAX_BITS; size += 1) next[size + 1] = (next[size] as number) + (counts[size] as number);
  const symbols = new Uint16Array(sizes.length);
  sizes.forEach((size, symbol) => {
    if (size === 0) return;
    symbols[next[size] as number] = symbol;
    next[size] = (next[size] as number) + 1;
  });
  counts[0] = 0;
  return { counts, symbols };
}

function fixed(): Codes {
  return codesOf(new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280));
}

function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}
