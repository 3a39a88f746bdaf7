/**
 * The v2 datagram: a header of 16 bytes, a body, and when it is sealed a tag. The seal is checked before anything is made of
 * the body.
 *
 * @module
 */
import { readBody } from './body-reader.ts';
import { encodeBehind } from './body-writer.ts';
import { Reader, Writer } from './bytes.ts';
import type { Codec } from './codec.ts';
import { DEFLATE_FROM_BYTES, HEADER_BYTES, MAX_BODY, MAX_DATAGRAM, MAX_INFLATED, TAG_BYTES } from './limits.ts';
import type { Decoded, Header, Message, NodeId, Refusal } from './message.ts';
import { TYPES } from './numbers.ts';
import { type Opener, opens, type SealKey, seal } from './seal.ts';

/** Byte 0: magic and version. */
export const MAGIC_V2 = 0xd2;

const DEFLATED = 1;
const SEALED = 2;
const ADDRESSED = 4;
const KNOWN_FLAGS = DEFLATED | SEALED | ADDRESSED;
const NOT_SEALED = 0;

export interface EncodeOptions {
  /** The receiver inflates, to so many bytes at most: so deflate where that makes the body smaller. @default 0 */
  readonly inflatesBytes?: number;
  /** Seals the datagram. @default not sealed */
  readonly key?: SealKey | undefined;
  /** To whom an addressed datagram is sealed. */
  readonly receiver?: NodeId | undefined;
}

/** What the sender says of a datagram; its key is told by the options. */
export type Sent = Omit<Header, 'key'>;

function writeHeader(bytes: Uint8Array, header: Sent, type: Message['type'], flags: number, key: number): void {
  const writer = new Writer(bytes, 0);
  writer.u8(MAGIC_V2);
  writer.u8(TYPES.indexOf(type));
  writer.u8(flags | (header.addressed ? ADDRESSED : 0));
  writer.u8(key);
  writer.u32(header.sender);
  writer.u32(header.epoch);
  writer.u32(header.sequence);
}

/** The same datagram with its body deflated; undefined when that is no gain, or more than a receiver inflates. */
function deflate(plain: Uint8Array, codec: Codec, trail: number, limit: number): Uint8Array | undefined {
  const size = plain.length - HEADER_BYTES - trail;
  if (codec.deflate === undefined || size <= DEFLATE_FROM_BYTES || size > limit) return undefined;
  const body = codec.deflate(plain.subarray(HEADER_BYTES, plain.length - trail));
  if (body.length >= size) return undefined;
  const bytes = new Uint8Array(HEADER_BYTES + body.length + trail);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/**
 * The datagram for a message, or undefined when it does not fit one even deflated: a larger REQUEST or RESPONSE
 * travels as BLOCKs of `encodeBody()`, a larger ANNOUNCE or EVENT in the parts of `splitServices()`.
 */
export function encode(
  header: Sent,
  message: Message,
  codec: Codec,
  options: EncodeOptions = {},
): Uint8Array | undefined {
  const { inflatesBytes = 0 } = options;
  const trail = options.key === undefined ? 0 : TAG_BYTES;
  const plain = encodeBehind(HEADER_BYTES, message, codec, trail);
  const deflated = deflate(plain, codec, trail, Math.min(inflatesBytes, MAX_INFLATED));
  const bytes = deflated ?? plain;
  if (bytes.length > HEADER_BYTES + MAX_BODY + trail) return undefined;
  return finish(bytes, header, message.type, deflated === undefined ? 0 : DEFLATED, options);
}

/** The datagram of a body that is there already, and that fits. */
export function encodeWith(
  header: Sent,
  type: Message['type'],
  body: Uint8Array,
  options: EncodeOptions = {},
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length + (options.key === undefined ? 0 : TAG_BYTES));
  bytes.set(body, HEADER_BYTES);
  return finish(bytes, header, type, 0, options);
}

/** Writes the header before a body and the tag behind it. */
function finish(
  bytes: Uint8Array,
  header: Sent,
  type: Message['type'],
  flags: number,
  { key, receiver }: EncodeOptions,
): Uint8Array {
  writeHeader(bytes, header, type, flags | (key === undefined ? 0 : SEALED), key?.id ?? NOT_SEALED);
  if (key !== undefined) seal(bytes, key, header.addressed ? receiver : undefined);
  return bytes;
}

const refused = (refusal: Refusal): Decoded => ({ ok: false, refusal });

/**
 * Reads a datagram that begins with {@link MAGIC_V2}. Never throws.
 *
 * @param opener - undefined in an open cluster, which takes no sealed datagrams; with it, only sealed ones are taken.
 */
export function decodeV2(bytes: Uint8Array, codec: Codec, opener: Opener | undefined): Decoded {
  if (bytes.length > MAX_DATAGRAM) return refused('too-long');
  if (bytes.length < HEADER_BYTES) return refused('truncated');
  const reader = new Reader(bytes, 1, bytes.length - (opener === undefined ? 0 : TAG_BYTES));
  const type = TYPES[reader.u8()];
  const flags = reader.u8();
  const key = reader.u8();
  if ((flags & ~KNOWN_FLAGS) !== 0) return refused('unknown-flags');
  const addressed = (flags & ADDRESSED) !== 0;
  const unopened = check(bytes, key, (flags & SEALED) !== 0, addressed, opener);
  if (unopened !== undefined) return refused(unopened);
  if (type === undefined) return refused('unknown-type');
  const header: Header = { sender: reader.u32(), epoch: reader.u32(), sequence: reader.u32(), addressed, key };
  if (header.sender === 0 || header.epoch === 0) return refused('bad-field');
  const message = (flags & DEFLATED) === 0 ? readBody(reader, type, codec) : inflateBody(reader, type, codec);
  return typeof message === 'string' ? refused(message) : { ok: true, protocol: 2, header, message };
}

/** Why the seal does not let it in; undefined when it does. */
function check(
  bytes: Uint8Array,
  key: number,
  sealed: boolean,
  addressed: boolean,
  opener: Opener | undefined,
): Refusal | undefined {
  if (opener === undefined) return sealed || key !== NOT_SEALED ? 'sealed' : undefined;
  if (!sealed || key === NOT_SEALED) return 'not-sealed';
  if (bytes.length < HEADER_BYTES + TAG_BYTES) return 'truncated';
  const known = opener.key(key);
  if (known === undefined) return 'other-key';
  return opens(bytes, known, addressed ? opener.self : undefined) ? undefined : 'bad-seal';
}

function inflateBody(reader: Reader, type: Message['type'], codec: Codec): Message | Refusal {
  const body = codec.inflate(reader.rest(), 'raw', MAX_INFLATED);
  if (body === undefined) return 'bad-compression';
  if (body === 'too-large') return 'inflates-too-large';
  return readBody(new Reader(body, 0), type, codec);
}
