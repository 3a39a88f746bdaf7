/**
 * UTF-8 by the engine: XS has it on ArrayBuffer and String, and no TextEncoder. XS takes bytes on trust, so they are
 * looked at first.
 *
 * @module
 */

/** What XS has beside the language. */
export interface XsText {
  fromString(text: string): ArrayBuffer;
  fromArrayBuffer(bytes: ArrayBuffer): string;
}

export function encodeUtf8(text: string, xs: XsText): Uint8Array {
  return new Uint8Array(xs.fromString(text));
}

/** The text, or undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, xs: XsText): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  return bytes.length === 0 ? '' : xs.fromArrayBuffer(bytes.slice().buffer);
}

/** Neither cut, nor longer than needed, nor half a surrogate pair, nor beyond the last character. */
export function isUtf8(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] as number;
    const more = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
    if (more < 0 || at + more >= bytes.length) return false;
    const second = bytes[at + 1] ?? 0;
    if (lead === 0xe0 && second < 0xa0) return false;
    if (lead === 0xed && second > 0x9f) return false;
    if (lead === 0xf0 && second < 0x90) return false;
    if (lead === 0xf4 && second > 0x8f) return false;
    for (let next = at + 1; next <= at + more; next += 1) if (((bytes[next] as number) & 0xc0) !== 0x80) return false;
    at += more + 1;
  }
  return true;
}
