/**
 * Most nodes are alike: what is equal is kept once, which halves what a node takes on a board.
 *
 * @module
 */

/** Those that something is compared with: among many, one that is alike is soon found, or there is none. */
const COMPARED = 8;

/**
 * What one of those known has, if it is equal to what was said; else what was said.
 *
 * @param known - the first few are looked at.
 * @param of - what they have.
 */
export function likeOneOf<Known, Kept>(known: Iterable<Known>, of: (one: Known) => Kept, said: Kept): Kept {
  let left = COMPARED;
  for (const one of known) {
    if (left-- === 0) break;
    const kept = of(one);
    if (isEqual(kept, said)) return kept;
  }
  return said;
}

/** Of what messages bring: texts, numbers, and objects of these. */
function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  const isSame = (key: string): boolean => Object.hasOwn(other, key) && isEqual(one[key], other[key]);
  return keys.length === Object.keys(other).length && keys.every(isSame);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
