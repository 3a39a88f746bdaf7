import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codec } from '../../test/vectors/codec.ts';
import { derive, deriveFrom, opens, seal, sealKey } from './seal.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// RFC 4231, test cases 1, 2, 3, 6 and 7.
test.each([
  ['0b'.repeat(20), '4869205468657265', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    '4a656665',
    '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  ['aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  [
    'aa'.repeat(131),
    '54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
])('HMAC-SHA256 under %s', (key, message, mac) => {
  const hmac = codec.hmac(hex(key));
  expect(hexOf(hmac(hex(message)))).toBe(mac);
  expect(hexOf(hmac(hex(message)))).toBe(mac);
});

// RFC 5869, test case 3, whose salt and info are empty; its first 32 bytes. Texts are all that is derived from here.
test('HKDF-SHA256', () => {
  const secret = hex('0b'.repeat(22));
  expect(hexOf(derive(secret, '', '', 32, codec))).toBe(
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
  );
  expect(hexOf(derive(secret, '', '', 5, codec))).toBe('8da4e775a5');
});

test('Each purpose has a key of its own, and a key id is never 0', () => {
  const purposes = ['seal v2', 'key id', 'check'].map((purpose) =>
    hexOf(deriveFrom(new Uint8Array(32), purpose, 32, codec)),
  );
  expect(new Set(purposes).size).toBe(3);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
      const { id } = sealKey(secret, codec);
      expect(id).toBeGreaterThanOrEqual(1);
      expect(id).toBeLessThanOrEqual(255);
    }),
  );
});

test('No changed bit, other key or other receiver opens a datagram, and looking at it changes nothing', () => {
  const key = sealKey(new Uint8Array(32).fill(1), codec);
  const other = sealKey(new Uint8Array(32).fill(2), codec);
  const receivers = fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 200 }), receivers, fc.nat(), (bytes, receiver, place) => {
      seal(bytes, key, receiver);
      const before = hexOf(bytes);
      expect([opens(bytes, key, receiver), opens(bytes, other, receiver)]).toEqual([true, false]);
      expect(opens(bytes, key, receiver === undefined ? 7 : undefined)).toBe(false);
      if (receiver !== undefined) expect(opens(bytes, key, (receiver ^ 1) >>> 0)).toBe(false);
      // As Node's sockets hand it over.
      const received = Buffer.from(bytes);
      expect([opens(received, key, receiver), hexOf(received)]).toEqual([true, before]);
      expect(hexOf(bytes)).toBe(before);
      const bit = place % (8 * bytes.length);
      bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
      expect(opens(bytes, key, receiver)).toBe(false);
    }),
  );
});
