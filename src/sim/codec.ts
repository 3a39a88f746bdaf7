/**
 * The work on bytes for simulated machines: UTF-8 by the engine. They do not inflate or deflate unless the world is
 * given a codec that does; nobody in a world deflates unasked.
 *
 * @module
 */
import type { Codec } from '../wire/codec.ts';
import { simulatedMac } from './mac.ts';

/** Texts up to this length are tried by hand first: calling the engine costs more than they do. */
const SHORT = 48;

export function plainCodec(): Codec {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return {
    encodeUtf8: (text) => (text.length <= SHORT ? encodeAscii(text) : undefined) ?? encoder.encode(text),
    decodeUtf8: (bytes) => {
      try {
        return decoder.decode(bytes);
      } catch {
        return undefined;
      }
    },
    inflate: () => undefined,
    hmac: simulatedMac,
  };
}

/** Undefined for a text that is more than ASCII. */
function encodeAscii(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code > 127) return undefined;
    bytes[place] = code;
  }
  return bytes;
}
