/**
 * The seal: the last 8 bytes of a datagram show that its sender has the cluster's key and that nobody changed a bit.
 *
 * An addressed datagram is sealed to its receiver, whose node id is covered but not sent: no other node opens it.
 *
 * @module
 */
import { Reader, Writer } from './bytes.ts';
import type { Codec, Hmac } from './codec.ts';
import { TAG_BYTES } from './limits.ts';
import type { NodeId } from './message.ts';

/** A cluster key as datagrams use it. */
export interface SealKey {
  /** Tells which key sealed a datagram, 1 to 255. Two keys may have one id by chance. */
  readonly id: number;
  readonly mac: Hmac;
}

/** What a node opens sealed datagrams with. */
export interface Opener {
  /** To whom addressed datagrams are sealed. */
  readonly self: NodeId;
  key(id: number): SealKey | undefined;
}

/** Bytes of a cluster key, and of the keys made from it. */
export const KEY_BYTES = 32;
const RECEIVER_BYTES = 4;

/** HKDF-SHA256 (RFC 5869) with at most 32 bytes of output: a key of its own for each purpose. */
export function derive(secret: Uint8Array, salt: string, purpose: string, bytes: number, codec: Codec): Uint8Array {
  const info = codec.encodeUtf8(purpose);
  const message = new Uint8Array(info.length + 1);
  message.set(info);
  message[info.length] = 1;
  return codec
    .hmac(codec.hmac(codec.encodeUtf8(salt))(secret))(message)
    .slice(0, bytes);
}

const SALT = 'tdos';

/** The key for `purpose` that a cluster key stands for. */
export const deriveFrom = (clusterKey: Uint8Array, purpose: string, bytes: number, codec: Codec): Uint8Array =>
  derive(clusterKey, SALT, purpose, bytes, codec);

/** The key that seals the datagrams of a cluster. */
export function sealKey(clusterKey: Uint8Array, codec: Codec): SealKey {
  const [mark = 0] = deriveFrom(clusterKey, 'key id', 1, codec);
  return { id: 1 + (mark % 255), mac: codec.hmac(deriveFrom(clusterKey, 'seal v2', KEY_BYTES, codec)) };
}

/**
 * Writes the tag into the last 8 bytes.
 *
 * @param receiver - of an addressed datagram; undefined for one to everybody.
 */
export function seal(datagram: Uint8Array, key: SealKey, receiver: NodeId | undefined): void {
  const tag = tagOf(datagram, key, receiver);
  const end = datagram.length - TAG_BYTES;
  for (let at = 0; at < TAG_BYTES; at += 1) datagram[end + at] = tag[at] as number;
}

/** Whether the tag is right. Takes as long for any wrong tag. The datagram is as it was afterwards. */
export function opens(datagram: Uint8Array, key: SealKey, receiver: NodeId | undefined): boolean {
  const end = datagram.length - TAG_BYTES;
  const claimed = new Reader(datagram, end);
  const high = claimed.u32();
  const low = claimed.u32();
  const right = new Reader(tagOf(datagram, key, receiver), 0);
  const difference = (right.u32() ^ high) | (right.u32() ^ low);
  if (receiver !== undefined) new Writer(datagram, end).u32(high);
  return difference === 0;
}

/** The receiver is written where the tag will be, right behind the body: what is covered lies in one piece. */
function tagOf(datagram: Uint8Array, { mac }: SealKey, receiver: NodeId | undefined): Uint8Array {
  const end = datagram.length - TAG_BYTES;
  if (receiver === undefined) return mac(datagram, end);
  new Writer(datagram, end).u32(receiver);
  return mac(datagram, end + RECEIVER_BYTES);
}
