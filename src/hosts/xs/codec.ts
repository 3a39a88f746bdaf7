/**
 * The wire's work on bytes on a board. Boards inflate and never compress.
 *
 * @module
 */
import type { Codec, Hmac } from '../../wire/codec.ts';
import { inflate } from './inflate.ts';
import { Sha256 } from './sha256.ts';
import { decodeUtf8, encodeUtf8, type XsText } from './utf8.ts';

/** HMAC-SHA256: native where the machine has it, else {@link Sha256}. */
export interface Hash {
  hmac(key: Uint8Array): Hmac;
}

export class XsCodec implements Codec {
  readonly inflate = inflate;
  private readonly xs: XsText;
  private readonly hash: Hash;

  constructor(xs: XsText, hash: Hash = new Sha256()) {
    this.xs = xs;
    this.hash = hash;
  }

  encodeUtf8(text: string): Uint8Array {
    return encodeUtf8(text, this.xs);
  }

  decodeUtf8(bytes: Uint8Array): string | undefined {
    return decodeUtf8(bytes, this.xs);
  }

  hmac(key: Uint8Array): Hmac {
    return this.hash.hmac(key);
  }
}
