import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codec } from '../../test/vectors/codec.ts';
import { formatKey, parseKey } from './key-text.ts';

const DIGITS = [...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'];
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** The same samples each time: one in 2^20 of all mistakes fits the check. */
const SEED = { seed: 7 };

const format = (key: Uint8Array): string => formatKey(key, codec);
const parse = (text: string): Uint8Array => parseKey(text, codec);

/** The text without dashes, with other characters at some places, in groups again. */
function changed(text: string, change: (digits: string[]) => void): string {
  const digits = [...text.replaceAll('-', '')];
  change(digits);
  return digits.join('');
}

describe('The text of a key', () => {
  test('is that of PROTOCOL.md for the bytes 0 to 31', () => {
    const key = Uint8Array.from({ length: 32 }, (_, at) => at);
    expect(format(key)).toBe('000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFG-5DSW');
  });

  test('goes round for any key', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const text = format(key);
        expect(text).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){13}$/);
        expect(parse(text)).toEqual(key);
      }),
    );
  });

  test('tells any one wrong character', () => {
    fc.assert(
      fc.property(keys, fc.nat(55), fc.integer({ min: 1, max: 31 }), (key, place, by) => {
        const wrong = changed(format(key), (digits) => {
          digits[place] = DIGITS[(DIGITS.indexOf(digits[place] ?? '') + by) % 32] ?? '';
        });
        expect(() => parse(wrong)).toThrow('a character is wrong, or two have changed places');
      }),
      SEED,
    );
  });

  test('tells any two characters that have changed places', () => {
    fc.assert(
      fc.property(keys, fc.nat(55), fc.nat(55), (key, a, b) => {
        const wrong = changed(format(key), (digits) => {
          [digits[a], digits[b]] = [digits[b] ?? '', digits[a] ?? ''];
        });
        fc.pre(wrong !== format(key).replaceAll('-', ''));
        expect(() => parse(wrong)).toThrow('a character is wrong, or two have changed places');
      }),
      SEED,
    );
  });

  test('is read without regard to case, dashes, blanks, and letters that look like digits', () => {
    fc.assert(
      fc.property(
        keys,
        fc.array(fc.constantFrom('', ' ', '-', '\n'), { minLength: 57, maxLength: 57 }),
        (key, gaps) => {
          const digits = [...format(key).toLowerCase().replaceAll('-', '')];
          const kind = digits.map((digit, at) => (digit === '1' ? (at % 2 ? 'l' : 'I') : digit === '0' ? 'o' : digit));
          expect(parse(kind.map((digit, at) => gaps[at] + digit).join('') + gaps[56])).toEqual(key);
        },
      ),
    );
  });

  test('is refused in words that repeat none of it', () => {
    const text = format(new Uint8Array(32).fill(77));
    const said = (wrong: string): string => {
      try {
        parse(wrong);
        return '';
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };
    expect([said(''), said('A'), said(text.slice(5)), said(`${text}A`), said(text.replace(/.$/, 'U'))]).toEqual([
      'That is no cluster key: it has 0 characters, not 56 in 14 groups of 4. Copy it again.',
      'That is no cluster key: it has 1 character, not 56 in 14 groups of 4. Copy it again.',
      'That is no cluster key: it has 52 characters, not 56 in 14 groups of 4. Copy it again.',
      'That is no cluster key: it has 57 characters, not 56 in 14 groups of 4. Copy it again.',
      'That is no cluster key: group 14 has a character that no key has. Copy it again.',
    ]);
  });

  test('any other text is refused, and none throws anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        expect(() => parse(text)).toThrow('That is no cluster key');
      }),
    );
  });
});
