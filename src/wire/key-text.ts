/**
 * A cluster key as people see and type it: 14 groups of 4 characters, the last 20 bits a check. PROTOCOL.md, "The seal".
 *
 * A key is a secret: no error here repeats any of it.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { Codec } from './codec.ts';
import { deriveFrom, KEY_BYTES } from './seal.ts';

/** Crockford's base32: no I, L, O and U. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const DIGIT_BITS = 5;
/** 256 bits of the key and 4 zero bits. */
const KEY_DIGITS = 52;
const CHECK_DIGITS = 4;
const ALL_DIGITS = KEY_DIGITS + CHECK_DIGITS;
const GROUP = 4;
const CHECK_BYTES = 3;

/** The text of a key: `000G-40R4-0M30-…`. */
export function formatKey(key: Uint8Array, codec: Codec): string {
  const digits = digitsOf(key, KEY_DIGITS) + checkOf(key, codec);
  let text = '';
  for (let at = 0; at < ALL_DIGITS; at += GROUP) text += `${at === 0 ? '' : '-'}${digits.slice(at, at + GROUP)}`;
  return text;
}

/**
 * The key of a text. Case, dashes and blanks do not matter; I and L are read as 1, O as 0.
 *
 * @throws TdosError BAD_CONFIG when it is none, with what is wrong in words.
 */
export function parseKey(text: string, codec: Codec): Uint8Array {
  const digits = text.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0');
  if (digits.length !== ALL_DIGITS) {
    const count = `${digits.length} character${digits.length === 1 ? '' : 's'}`;
    refuse(`it has ${count}, not ${ALL_DIGITS} in ${ALL_DIGITS / GROUP} groups of ${GROUP}`);
  }
  const values = [...digits].map((digit) => DIGITS.indexOf(digit));
  const strange = values.indexOf(-1);
  if (strange >= 0) refuse(`group ${Math.floor(strange / GROUP) + 1} has a character that no key has`);
  const key = bytesOf(values.slice(0, KEY_DIGITS));
  // The digits again, not their values: the zero bits behind the key count too.
  if (digitsOf(key, KEY_DIGITS) + checkOf(key, codec) !== digits)
    refuse('a character is wrong, or two have changed places');
  return key;
}

function refuse(why: string): never {
  throw new TdosError('BAD_CONFIG', `That is no cluster key: ${why}. Copy it again.`);
}

const checkOf = (key: Uint8Array, codec: Codec): string =>
  digitsOf(deriveFrom(key, 'check', CHECK_BYTES, codec), CHECK_DIGITS);

/** The first bits of the bytes, five a digit; zero bits where the bytes end. */
function digitsOf(bytes: Uint8Array, count: number): string {
  let text = '';
  for (let digit = 0; digit < count; digit++) {
    let value = 0;
    for (let bit = digit * DIGIT_BITS; bit < (digit + 1) * DIGIT_BITS; bit++)
      value = (value << 1) | (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    text += DIGITS.charAt(value);
  }
  return text;
}

function bytesOf(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(KEY_BYTES);
  for (let bit = 0; bit < KEY_BYTES * 8; bit++) {
    const value = values[Math.floor(bit / DIGIT_BITS)] ?? 0;
    const isSet = (value >> (DIGIT_BITS - 1 - (bit % DIGIT_BITS))) & 1;
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (isSet << (7 - (bit & 7)));
  }
  return bytes;
}
