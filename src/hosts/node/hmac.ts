/**
 * HMAC-SHA256 (RFC 2104) for datagrams, of two native hashes. `createHmac` makes a stream and an object of OpenSSL for each
 * message, which takes ten times as long. The hashes come as text with a character a byte: as a Buffer they take twice as long.
 *
 * @module
 */
import { hash } from 'node:crypto';
import type { Hmac } from '../../wire/codec.ts';
import { MAX_DATAGRAM } from '../../wire/limits.ts';

const BLOCK = 64;
const HASH = 32;
const INNER = 0x36;
const OUTER = 0x5c;

/** HMAC-SHA256 under `key`. */
export function hmacSha256(key: Uint8Array): Hmac {
  const short = key.length > BLOCK ? hash('sha256', key, 'buffer') : key;
  const outer = padded(short, OUTER, HASH);
  const tag = Buffer.alloc(HASH);
  let inner = padded(short, INNER, MAX_DATAGRAM);
  return (message, length = message.length) => {
    const room = BLOCK + message.length;
    if (room > inner.length) inner = Buffer.concat([inner], room);
    inner.set(message, BLOCK);
    const block = new Uint8Array(inner.buffer, inner.byteOffset, BLOCK + length);
    outer.write(hash('sha256', block, 'binary'), BLOCK, 'binary');
    tag.write(hash('sha256', outer, 'binary'), 'binary');
    return tag;
  };
}

/** A block of the key, and room for `bytes` behind it. */
function padded(key: Uint8Array, pad: number, bytes: number): Buffer {
  const block = Buffer.alloc(BLOCK + bytes).fill(pad, 0, BLOCK);
  key.forEach((byte, at) => {
    block[at] = byte ^ pad;
  });
  return block;
}
