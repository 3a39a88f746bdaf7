/**
 * The wire: what nodes say to each other, as values and as datagrams. Pure; bytes in, values out, and back.
 *
 * @module
 */
export { blockCount, blockOf, cutBlocks, Reassembly } from './blocks.ts';
export { decodeBody } from './body-reader.ts';
export { encodeBody } from './body-writer.ts';
export { isAddress, isLabelValue, isName, isVersion } from './checks.ts';
export type { Codec, Hmac } from './codec.ts';
export { decode } from './decode.ts';
export * from './limits.ts';
export * from './message.ts';
export { offerFits, splitServices } from './parts.ts';
export { deriveFrom, KEY_BYTES, type Opener, type SealKey, sealKey } from './seal.ts';
export { encodeV1, looksLikeV1 } from './v1.ts';
export { type EncodeOptions, encode } from './v2.ts';
