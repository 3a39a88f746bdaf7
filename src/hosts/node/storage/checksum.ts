/**
 * A number for each reading, so that the sum over an hour says whether any was lost or changed on the disk. SQLite finds
 * damaged structure, not damaged values.
 *
 * @module
 */
import type { Scalar } from '../../../services/storage/model.ts';

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** 32 bits of when and what. The sum over many, modulo 2^32, does not depend on their order. */
export function checksum(at: number, value: Scalar): number {
  let mix = bitsOf(at);
  // -0 is kept as 0.
  if (typeof value === 'number') mix = Math.imul(mix, 31) + bitsOf(value + 0);
  else for (const unit of JSON.stringify(value)) mix = Math.imul(mix, 31) + (unit.codePointAt(0) ?? 0);
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

function bitsOf(value: number): number {
  float[0] = value;
  return Math.imul(words[0] ?? 0, 0x9e3779b1) ^ Math.imul(words[1] ?? 0, 0x7feb352d);
}
