/**
 * The wire's work on bytes that engines do natively: text, compression, HMAC. Each host brings its own.
 *
 * @module
 */

/** Work on bytes that engines do natively, behind the host port. None of these throws. */
export interface Codec {
  encodeUtf8(text: string): Uint8Array;
  /** The text, or undefined when the bytes are not UTF-8. */
  decodeUtf8(bytes: Uint8Array): string | undefined;
  /**
   * Inflates at most `limit` bytes. `zlib` takes any window size.
   * @returns undefined for damaged data, `'too-large'` when there is more.
   */
  inflate(bytes: Uint8Array, format: 'raw' | 'zlib', limit: number): Uint8Array | 'too-large' | undefined;
  /** Raw deflate with a window of 1 KiB; absent where the host never compresses. */
  deflate?(bytes: Uint8Array): Uint8Array;
  /** HMAC-SHA256 under a key, whose state is prepared once. */
  hmac(key: Uint8Array): Hmac;
}

/** The 32 bytes of HMAC-SHA256 over a message, or its first `length` bytes. They change with the next message. */
export type Hmac = (message: Uint8Array, length?: number) => Uint8Array;
