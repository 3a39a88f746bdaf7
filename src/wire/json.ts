/**
 * JSON in UTF-8, as far as a datagram may carry it. Depth is bounded before parsing: engines on boards parse by
 * recursion, and a datagram of a thousand brackets would take their stack, and so the board, down.
 *
 * @module
 */
import { MAX_JSON_DEPTH } from './limits.ts';
import type { Codec, Refusal } from './message.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, and `]` and `}`, differ in this bit alone. */
const CURLY = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** True when lists and objects nest deeper than {@link MAX_JSON_DEPTH}. */
export function isTooDeep(bytes: Uint8Array): boolean {
  if (bytes.length <= MAX_JSON_DEPTH) return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) inText = !inText;
    else if (inText) at += byte === BACKSLASH ? 1 : 0;
    else if ((byte | CURLY) === OPEN) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return true;
    } else if ((byte | CURLY) === CLOSE) depth -= 1;
  }
  return false;
}

/** The value, or why there is none. Never throws. */
export function parseJson(bytes: Uint8Array, codec: Codec): { readonly json: unknown } | Refusal {
  const text = codec.decodeUtf8(bytes);
  if (text === undefined) return 'bad-text';
  if (isTooDeep(bytes)) return 'bad-json';
  try {
    return { json: JSON.parse(text) };
  } catch {
    return 'bad-json';
  }
}
