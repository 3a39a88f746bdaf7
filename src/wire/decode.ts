/**
 * Datagram to message, by its first byte. Whatever the bytes, the answer is a value: a message or a named refusal.
 *
 * @module
 */

import type { Codec } from './codec.ts';
import type { Decoded } from './message.ts';
import type { Opener } from './seal.ts';
import { decodeV1, looksLikeV1 } from './v1.ts';
import { decodeV2, MAGIC_V2 } from './v2.ts';

const LAST_MAGIC = 0xdf;

/**
 * Reads any datagram. Never throws.
 *
 * @param opener - what a node opens sealed datagrams with, and it takes no others in v2; undefined in an open cluster.
 */
export function decode(bytes: Uint8Array, codec: Codec, opener?: Opener): Decoded {
  const first = bytes[0];
  if (first === undefined) return { ok: false, refusal: 'empty' };
  if (first === MAGIC_V2) return decodeV2(bytes, codec, opener);
  if (looksLikeV1(bytes)) return decodeV1(bytes, codec);
  return { ok: false, refusal: first > MAGIC_V2 && first <= LAST_MAGIC ? 'newer-protocol' : 'not-tdos' };
}
