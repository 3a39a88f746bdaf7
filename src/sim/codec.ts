/**
 * The work on bytes for simulated machines: UTF-8 by the engine. They do not inflate or deflate unless the world is
 * given a codec that does; nobody in a world deflates unasked.
 *
 * @module
 */
import type { Codec } from '../wire/message.ts';

export function plainCodec(): Codec {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return {
    encodeUtf8: (text) => encoder.encode(text),
    decodeUtf8: (bytes) => {
      try {
        return decoder.decode(bytes);
      } catch {
        return undefined;
      }
    },
    inflate: () => undefined,
  };
}
