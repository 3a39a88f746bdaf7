/**
 * HMAC-SHA256 for datagrams: the state after the key is computed once and copied for each message, which for short
 * messages takes a fraction of the time of `createHmac`, once the engine has compiled it. A process that lives for a moment
 * never gets there: the first messages under a key go the other way.
 *
 * @module
 */
import { createHmac } from 'node:crypto';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hmac } from '../../wire/message.ts';

/** Messages under a key after which it pays to keep the state. */
const FEW = 50;

/** HMAC-SHA256 under `key`. */
export function hmacSha256(key: Uint8Array): Hmac {
  let messages = 0;
  let keyed: Hmac | undefined;
  return (message) => {
    if (keyed !== undefined) return keyed(message);
    messages += 1;
    if (messages === FEW) keyed = keyedHmac(key);
    return createHmac('sha256', key).update(message).digest();
  };
}

function keyedHmac(key: Uint8Array): Hmac {
  const keyed = hmac.create(sha256, key);
  const work = hmac.create(sha256, key);
  const tag = new Uint8Array(work.outputLen);
  return (message) => {
    keyed._cloneInto(work).update(message).digestInto(tag);
    return tag;
  };
}
