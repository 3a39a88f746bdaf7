/**
 * The v1 datagram: the original JSON, `{"v":1,"t":type,"id":…,"ts":…,"p":{…},"r":…}`, plain or in a zlib stream. What
 * is read is as liberal as the original reader was; what is written is what every original reader takes.
 *
 * @module
 */
import { isObject } from './checks.ts';
import type { Codec } from './codec.ts';
import { parseJson } from './json.ts';
import { MAX_DATAGRAM, MAX_V1_DATAGRAM, MAX_V1_ID, MAX_V1_INFLATED } from './limits.ts';
import type { Decoded, Refusal, V1Message } from './message.ts';

const VERSION = 1;
const OPENING_BRACE = 0x7b;

/** True for the two-byte header of RFC 1950: deflate, any window up to 32 KiB, check bits right, no dictionary. */
function isZlib(bytes: Uint8Array): boolean {
  const cmf = bytes[0] ?? 0;
  const flags = bytes[1];
  return (
    flags !== undefined && (cmf & 0x0f) === 8 && cmf >> 4 <= 7 && (cmf * 256 + flags) % 31 === 0 && (flags & 0x20) === 0
  );
}

/** True for what may be v1, by its first bytes. */
export const looksLikeV1 = (bytes: Uint8Array): boolean => bytes[0] === OPENING_BRACE || isZlib(bytes);

const refused = (refusal: Refusal): Decoded => ({ ok: false, refusal });

/** An id as a string; numbers are taken for their digits. */
function readId(json: unknown): string | undefined {
  const id = typeof json === 'number' ? String(json) : json;
  return typeof id === 'string' && id.length >= 1 && id.length <= MAX_V1_ID ? id : undefined;
}

function fromJson(json: unknown): Decoded {
  if (!isObject(json)) return refused('bad-field');
  const { v = 0, t: type, id: rawId, ts, p: payload, r: rawReplyTo } = json;
  if (typeof v !== 'number') return refused('bad-field');
  if (v > VERSION) return refused('v1-version');
  const id = readId(rawId);
  const answers = rawReplyTo !== undefined && rawReplyTo !== null && rawReplyTo !== '';
  const replyTo = answers ? readId(rawReplyTo) : undefined;
  if (typeof type !== 'number' || !Number.isSafeInteger(type) || id === undefined || !isObject(payload)) {
    return refused('bad-field');
  }
  if (answers && replyTo === undefined) return refused('bad-field');
  return { ok: true, protocol: 1, message: { type, id, ts: typeof ts === 'number' ? ts : 0, payload, replyTo } };
}

/**
 * Reads a datagram for which {@link looksLikeV1} holds. Key order does not matter, unknown keys are ignored; `t`, `id`
 * and `p` are needed, `ts` is 0 when it is missing or no number. Never throws.
 */
export function decodeV1(bytes: Uint8Array, codec: Codec): Decoded {
  if (bytes.length > MAX_V1_DATAGRAM) return refused('too-long');
  const plain = bytes[0] === OPENING_BRACE ? bytes : codec.inflate(bytes, 'zlib', MAX_V1_INFLATED);
  if (plain === undefined) return refused('bad-compression');
  if (plain === 'too-large') return refused('inflates-too-large');
  const parsed = parseJson(plain, codec);
  return typeof parsed === 'string' ? refused(parsed) : fromJson(parsed.json);
}

/** The datagram, never compressed; undefined when it is over 1024 bytes, which no original program takes. */
export function encodeV1(message: V1Message, codec: Codec): Uint8Array | undefined {
  const { type, id, ts, payload, replyTo } = message;
  const bytes = codec.encodeUtf8(JSON.stringify({ v: VERSION, t: type, id, ts, p: payload, r: replyTo }));
  return bytes.length > MAX_DATAGRAM ? undefined : bytes;
}
