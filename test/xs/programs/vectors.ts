/**
 * The wire in XS: decodes what it is given, and encodes it again.
 *
 * @module
 */
import { XsCodec } from '../../../src/hosts/xs/codec.ts';
import { decode, encode, encodeV1, sealKey } from '../../../src/wire/index.ts';
import type { Decoded } from '../../../src/wire/message.ts';
import { answerBy, hexOf, text, unhex } from './text.ts';

export interface Asked {
  readonly hex: string;
  /** In hexadecimal. */
  readonly clusterKey?: string;
  readonly receiver?: number;
}

export interface Answer {
  /** The data of a BLOCK is hexadecimal. */
  readonly decoded: Decoded;
  readonly again: string;
}

const codec = new XsCodec(text);

answerBy((asked) => {
  const { hex, clusterKey, receiver = 0 }: Asked = JSON.parse(asked);
  const key = clusterKey === undefined ? undefined : sealKey(unhex(clusterKey), codec);
  const decoded = decode(unhex(hex), codec, key && { self: receiver, key: (id) => (id === key.id ? key : undefined) });
  const written = (value: unknown): unknown => (value instanceof Uint8Array ? hexOf(value) : value);
  const again = decoded.ok
    ? decoded.protocol === 1
      ? encodeV1(decoded.message, codec)
      : encode(decoded.header, decoded.message, codec, { key, receiver })
    : undefined;
  return JSON.stringify({ decoded, again: hexOf(again ?? new Uint8Array()) }, (_, value: unknown) => written(value));
});
