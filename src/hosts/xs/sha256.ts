/**
 * HMAC-SHA256 (RFC 2104, FIPS 180-4) in the language alone, for engines without a native one. The state after the key
 * is kept, so that a short message costs two rounds of compression instead of four.
 *
 * All scratch memory belongs to the object, since on a board what stands in a module is frozen in flash; and to all of its
 * keys together, so that a tag is to be read before the next is made.
 *
 * @module
 */
import type { Hmac } from '../../wire/codec.ts';

const BLOCK = 64;
const WORDS = 8;
const ROUNDS = 64;
const INNER = 0x36;
const OUTER = 0x5c;

export class Sha256 {
  /** The first bits of the roots of the first primes: shorter computed than written. */
  private readonly first = new Uint32Array(WORDS);
  private readonly constants = new Uint32Array(ROUNDS);
  private readonly schedule = new Uint32Array(ROUNDS);
  private readonly middle = new Uint8Array(WORDS * 4);
  private readonly tag = new Uint8Array(WORDS * 4);

  constructor() {
    const fraction = (root: number): number => (root - Math.floor(root)) * 2 ** 32;
    let found = 0;
    for (let candidate = 2; found < ROUNDS; candidate += 1) {
      let divisor = 2;
      while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor += 1;
      if (divisor * divisor <= candidate) continue;
      if (found < WORDS) this.first[found] = fraction(candidate ** 0.5);
      this.constants[found] = fraction(Math.cbrt(candidate));
      found += 1;
    }
  }

  /** HMAC-SHA256 under `key`. */
  hmac(key: Uint8Array): Hmac {
    const short = key.length > BLOCK ? bytesOf(this.digest(this.first, 0, key), new Uint8Array(BLOCK)) : key;
    const inner = this.keyed(short, INNER);
    const outer = this.keyed(short, OUTER);
    return (message, length) => {
      bytesOf(this.digest(inner, BLOCK, message, length), this.middle);
      return bytesOf(this.digest(outer, BLOCK, this.middle), this.tag);
    };
  }

  /** The state after one block made of the key. */
  private keyed(key: Uint8Array, pad: number): Uint32Array {
    const block = new Uint8Array(BLOCK).fill(pad);
    for (let at = 0; at < key.length; at += 1) block[at] = (key[at] ?? 0) ^ pad;
    const state = this.first.slice();
    this.compress(state, block, 0);
    return state;
  }

  /** Hashes the first `length` bytes of `message` from a state in which `before` bytes are already. */
  private digest(from: Uint32Array, before: number, message: Uint8Array, length = message.length): Uint32Array {
    const state = from.slice();
    let at = 0;
    for (; at + BLOCK <= length; at += BLOCK) this.compress(state, message, at);
    const rest = length - at;
    const tail = new Uint8Array(rest + 9 > BLOCK ? 2 * BLOCK : BLOCK);
    tail.set(message.subarray(at, length));
    tail[rest] = 0x80;
    const bits = (before + length) * 8;
    for (let byte = 0; byte < 4; byte += 1) tail[tail.length - 1 - byte] = bits >>> (8 * byte);
    for (let block = 0; block < tail.length; block += BLOCK) this.compress(state, tail, block);
    return state;
  }

  private compress(state: Uint32Array, bytes: Uint8Array, from: number): void {
    const { constants, schedule: w } = this;
    const wordAt = (at: number): number => w[at] as number;
    for (let at = 0; at < 16; at += 1) {
      const byte = from + at * 4;
      w[at] =
        ((bytes[byte] as number) << 24) |
        ((bytes[byte + 1] as number) << 16) |
        ((bytes[byte + 2] as number) << 8) |
        (bytes[byte + 3] as number);
    }
    for (let at = 16; at < ROUNDS; at += 1) {
      const early = wordAt(at - 15);
      const late = wordAt(at - 2);
      const mixEarly = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
      const mixLate = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
      w[at] = wordAt(at - 16) + mixEarly + wordAt(at - 7) + mixLate;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let at = 0; at < ROUNDS; at += 1) {
      const choice = (e & f) ^ (~e & g);
      const sumE = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const step = (h + sumE + choice + (constants[at] as number) + wordAt(at)) | 0;
      const sumA = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = (d + step) | 0;
      d = c;
      c = b;
      b = a;
      a = (step + sumA + majority) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => {
      state[at] = (state[at] as number) + word;
    });
  }
}

function bytesOf(state: Uint32Array, into: Uint8Array): Uint8Array {
  for (let at = 0; at < WORDS * 4; at += 1) into[at] = (state[at >> 2] ?? 0) >>> (24 - 8 * (at & 3));
  return into;
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
