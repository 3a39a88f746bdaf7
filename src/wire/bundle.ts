/**
 * Several bodies in one: before each stand its type (u8) and its size (u16).
 *
 * @module
 */
import { Reader, Writer } from './bytes.ts';
import type { Bundled } from './message.ts';
import { TYPES } from './numbers.ts';

/** A message of a bundle. */
export interface Part {
  readonly type: Bundled['type'];
  readonly body: Uint8Array;
}

/** The bytes before each body. */
export const PART_BYTES = 3;

export function packBundle(parts: readonly Part[]): Uint8Array {
  const size = parts.reduce((sum, { body }) => sum + PART_BYTES + body.length, 0);
  const bytes = new Uint8Array(size);
  const writer = new Writer(bytes, 0);
  for (const { type, body } of parts) {
    writer.u8(TYPES.indexOf(type));
    writer.u16(body.length);
    bytes.set(body, writer.at);
    writer.at += body.length;
  }
  return bytes;
}

/** A message of a bundle that came in. */
export interface UnreadPart {
  readonly type: Bundled['type'];
  readonly body: Reader;
}

/** What is cut, or of a type that does not go with others, refuses the rest. */
export function* unpackBundle(reader: Reader): Generator<UnreadPart> {
  const { bytes } = reader;
  while (reader.at < reader.end && reader.refusal === undefined) {
    const type = TYPES[reader.u8()];
    const size = reader.u16();
    const end = reader.at + size;
    if (end > reader.end) reader.refuse('truncated');
    else if (type === 'request' || type === 'response' || type === 'error')
      yield { type, body: new Reader(bytes, reader.at, end) };
    else reader.refuse('bad-field');
    reader.at = end;
  }
}
