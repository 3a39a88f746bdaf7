/**
 * UTF-8 in this build of XS, which has it as TextEncoder; the one on boards has it on ArrayBuffer and String.
 *
 * @module
 */
import type { XsText } from '../../../src/hosts/xs/utf8.ts';

export const text: XsText = {
  fromString: (written) => new TextEncoder().encode(written).slice().buffer,
  fromArrayBuffer: (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
};

export const unhex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16));

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Makes `answer` what the engine runs for each text that it is asked. */
export function answerBy(answer: (asked: string) => string): void {
  const handleCommand = (asked: ArrayBuffer): object => ({
    result: text.fromString(answer(text.fromArrayBuffer(asked))),
  });
  Object.assign(globalThis, { handleCommand });
}
