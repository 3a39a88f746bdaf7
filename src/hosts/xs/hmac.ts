/**
 * HMAC-SHA256 (RFC 2104) over a hash that the machine has.
 *
 * @module
 */
import type { Hmac } from '../../wire/codec.ts';
import type { Digest } from './moddable.ts';

const BLOCK = 64;

export class NativeHmac {
  private readonly digest: Digest;

  constructor(digest: Digest) {
    this.digest = digest;
  }

  /** HMAC-SHA256 under a key of at most 64 bytes: a cluster's has 32. */
  hmac(key: Uint8Array): Hmac {
    const inner = padded(key, 0x36);
    const outer = padded(key, 0x5c);
    return (message, length) => new Uint8Array(this.hash(outer, this.hash(inner, bufferOf(message, length))));
  }

  private hash(first: ArrayBuffer, rest: ArrayBuffer): ArrayBuffer {
    this.digest.reset();
    this.digest.write(first);
    this.digest.write(rest);
    return this.digest.close();
  }
}

function padded(key: Uint8Array, pad: number): ArrayBuffer {
  const block = new Uint8Array(BLOCK).fill(pad);
  key.forEach((byte, at) => {
    block[at] = byte ^ pad;
  });
  return block.buffer;
}

/** The bytes alone: native code takes a buffer as a whole. */
export const bufferOf = (bytes: Uint8Array, length?: number): ArrayBuffer => bytes.slice(0, length).buffer;
