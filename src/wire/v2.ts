/**
 * The v2 datagram: a header of 16 bytes and a body. Sealing will take byte 3 (the key id), flag {@link SEALED} and the
 * last 8 bytes (the tag), for which {@link MAX_BODY} leaves room; until then a sealed datagram is refused.
 *
 * @module
 */
import { decodeBodyAt } from './body-reader.ts';
import { encodeBehind } from './body-writer.ts';
import { Reader, Writer } from './bytes.ts';
import { DEFLATE_FROM_BYTES, MAX_INFLATED } from './limits.ts';
import {
  type Codec,
  type Decoded,
  HEADER_BYTES,
  type Header,
  MAX_BODY,
  MAX_DATAGRAM,
  type Message,
  type Refusal,
} from './message.ts';
import { TYPES } from './numbers.ts';

/** Byte 0: magic and version. */
export const MAGIC_V2 = 0xd2;

const DEFLATED = 1;
const SEALED = 2;
const ADDRESSED = 4;
const KNOWN_FLAGS = DEFLATED | SEALED | ADDRESSED;
const NOT_SEALED = 0;

export interface EncodeOptions {
  /** The receiver inflates, so deflate where that makes the body smaller. @default false */
  readonly deflate?: boolean;
}

function writeHeader(bytes: Uint8Array, header: Header, type: Message['type'], deflated: boolean): void {
  const writer = new Writer(bytes, 0);
  writer.u8(MAGIC_V2);
  writer.u8(TYPES.indexOf(type));
  writer.u8((deflated ? DEFLATED : 0) | (header.addressed ? ADDRESSED : 0));
  writer.u8(NOT_SEALED);
  writer.u32(header.sender);
  writer.u32(header.epoch);
  writer.u32(header.sequence);
}

/** The same datagram with its body deflated; undefined when that is no gain, or more than a receiver inflates. */
function deflate(plain: Uint8Array, codec: Codec): Uint8Array | undefined {
  const size = plain.length - HEADER_BYTES;
  if (codec.deflate === undefined || size <= DEFLATE_FROM_BYTES || size > MAX_INFLATED) return undefined;
  const body = codec.deflate(plain.subarray(HEADER_BYTES));
  if (body.length >= size) return undefined;
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/**
 * The datagram for a message, or undefined when it does not fit one even deflated: a larger REQUEST or RESPONSE
 * travels as BLOCKs of `encodeBody()`, a larger ANNOUNCE or EVENT in the parts of `splitServices()`.
 */
export function encode(
  header: Header,
  message: Message,
  codec: Codec,
  options?: EncodeOptions,
): Uint8Array | undefined {
  const plain = encodeBehind(HEADER_BYTES, message, codec);
  const deflated = options?.deflate === true ? deflate(plain, codec) : undefined;
  const bytes = deflated ?? plain;
  if (bytes.length > HEADER_BYTES + MAX_BODY) return undefined;
  writeHeader(bytes, header, message.type, deflated !== undefined);
  return bytes;
}

const refused = (refusal: Refusal): Decoded => ({ ok: false, refusal });

/** Reads a datagram that begins with {@link MAGIC_V2}. Never throws. */
export function decodeV2(bytes: Uint8Array, codec: Codec): Decoded {
  if (bytes.length > MAX_DATAGRAM) return refused('too-long');
  if (bytes.length < HEADER_BYTES) return refused('truncated');
  const reader = new Reader(bytes, 1);
  const type = TYPES[reader.u8()];
  const flags = reader.u8();
  const keyId = reader.u8();
  if ((flags & ~KNOWN_FLAGS) !== 0) return refused('unknown-flags');
  if ((flags & SEALED) !== 0 || keyId !== NOT_SEALED) return refused('sealed');
  if (type === undefined) return refused('unknown-type');
  const sender = reader.u32();
  const epoch = reader.u32();
  const header: Header = { sender, epoch, sequence: reader.u32(), addressed: (flags & ADDRESSED) !== 0 };
  if (sender === 0 || epoch === 0) return refused('bad-field');
  const message =
    (flags & DEFLATED) === 0 ? decodeBodyAt(HEADER_BYTES, type, bytes, codec) : inflateBody(type, bytes, codec);
  return typeof message === 'string' ? refused(message) : { ok: true, protocol: 2, header, message };
}

function inflateBody(type: Message['type'], bytes: Uint8Array, codec: Codec): Message | Refusal {
  const body = codec.inflate(bytes.subarray(HEADER_BYTES), 'raw', MAX_INFLATED);
  if (body === undefined) return 'bad-compression';
  if (body === 'too-large') return 'inflates-too-large';
  return decodeBodyAt(0, type, body, codec);
}
