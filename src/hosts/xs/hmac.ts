/**
 * HMAC-SHA256 (RFC 2104) over a hash that the machine has.
 *
 * @module
 */
import type { Hmac } from '../../wire/message.ts';
import type { Digest } from './moddable.ts';

const BLOCK = 64;

/** HMAC-SHA256 under a key of at most 64 bytes: a cluster's has 32. */
export function hmacOver(digest: Digest, key: Uint8Array): Hmac {
  const inner = padded(key, 0x36);
  const outer = padded(key, 0x5c);
  const hash = (first: ArrayBuffer, rest: ArrayBuffer): ArrayBuffer => {
    digest.reset();
    digest.write(first);
    digest.write(rest);
    return digest.close();
  };
  return (message) => new Uint8Array(hash(outer, hash(inner, bufferOf(message))));
}

function padded(key: Uint8Array, pad: number): ArrayBuffer {
  const block = new Uint8Array(BLOCK).fill(pad);
  key.forEach((byte, at) => {
    block[at] = byte ^ pad;
  });
  return block.buffer;
}

/** The bytes alone: native code takes a buffer as a whole. */
export const bufferOf = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer;
