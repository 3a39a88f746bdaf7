/**
 * JSON in UTF-8, as far as a datagram may carry it. Depth is bounded before parsing: engines on boards parse by
 * recursion, and a datagram of a thousand brackets would take their stack, and so the board, down.
 *
 * @module
 */

import type { Codec } from './codec.ts';
import { MAX_JSON_DEPTH } from './limits.ts';
import type { Refusal } from './message.ts';

const SPACE = 0x20;
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

/**
 * False for bytes that no JSON begins and ends with. An engine makes an error for each text that it cannot parse, which
 * takes ten times as long as this look: garbage must not cost more than what makes sense.
 */
function isClosed(bytes: Uint8Array): boolean {
  let end = bytes.length - 1;
  while (end > 0 && (bytes[end] as number) <= SPACE) end -= 1;
  const first = bytes[0] as number;
  const last = bytes[end] as number;
  if ((first | CURLY) === OPEN) return last === first + 2;
  return first === QUOTE ? last === QUOTE : first < OPEN;
}

/** The value, or why there is none. Never throws. */
export function parseJson(bytes: Uint8Array, codec: Codec): { readonly json: unknown } | Refusal {
  const text = codec.decodeUtf8(bytes);
  if (text === undefined) return 'bad-text';
  if (!isClosed(bytes) || isTooDeep(bytes)) return 'bad-json';
  try {
    return { json: JSON.parse(text) };
  } catch {
    return 'bad-json';
  }
}
