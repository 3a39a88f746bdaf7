/**
 * The wire's work on bytes on a board. Boards inflate and never compress.
 *
 * @module
 */
import type { Codec, Hmac } from '../../wire/message.ts';
import { inflate } from './inflate.ts';
import { decodeUtf8, encodeUtf8, type XsText } from './utf8.ts';

/** @param hmac - HMAC-SHA256: native where the machine has it, else `sha256.ts`. */
export const xsCodec = (xs: XsText, hmac: (key: Uint8Array) => Hmac): Codec => ({
  encodeUtf8: (text) => encodeUtf8(text, xs),
  decodeUtf8: (bytes) => decodeUtf8(bytes, xs),
  inflate,
  hmac,
});
