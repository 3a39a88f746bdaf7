/**
 * HMAC-SHA256 for datagrams: the state after the key is computed once and copied for each message, which for short
 * messages takes a third of the time of `createHmac`.
 *
 * @module
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hmac } from '../../wire/message.ts';

/** HMAC-SHA256 under `key`. */
export function hmacSha256(key: Uint8Array): Hmac {
  const keyed = hmac.create(sha256, key);
  const work = hmac.create(sha256, key);
  const tag = new Uint8Array(work.outputLen);
  return (message) => {
    keyed._cloneInto(work).update(message).digestInto(tag);
    return tag;
  };
}
