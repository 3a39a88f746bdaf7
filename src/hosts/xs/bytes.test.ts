import { createHmac } from 'node:crypto';
import { deflateRawSync, deflateSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inflate } from './inflate.ts';
import { Sha256 } from './sha256.ts';
import { isUtf8 } from './utf8.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// RFC 4231, cases 1, 2, 3, 6 and 7.
test.each([
  ['0b'.repeat(20), Buffer.from('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    Buffer.from('Jefe').toString('hex'),
    Buffer.from('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  ['aa'.repeat(20), Buffer.alloc(50, 0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  [
    'aa'.repeat(131),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    'aa'.repeat(131),
    Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
])('HMAC-SHA256 gives what RFC 4231 says for the key %s', (key, message, tag) => {
  expect(hexOf(new Sha256().hmac(hex(key))(message))).toBe(tag);
});

test('HMAC-SHA256 equals the one of the machine for any message and its beginning, again and again', () => {
  const key = hex('17'.repeat(32));
  const hmac = new Sha256().hmac(key);
  const openSsl = (message: Uint8Array): string => createHmac('sha256', key).update(message).digest('hex');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), fc.nat(300), (message, length) => {
      expect(hexOf(hmac(message))).toBe(openSsl(message));
      if (length <= message.length) expect(hexOf(hmac(message, length))).toBe(openSsl(message.subarray(0, length)));
    }),
  );
});

test('What zlib deflates at any level and strategy is inflated to the same bytes, up to the limit', () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 3000, size: 'max' }),
    fc.array(fc.constantFrom(1, 2, 3, 200), { maxLength: 4000, size: 'max' }).map((bytes) => Uint8Array.from(bytes)),
    // Long copies, from near and far.
    fc
      .array(fc.tuple(fc.constantFrom(7, 8, 9), fc.integer({ min: 1, max: 300 })), { maxLength: 20, size: 'max' })
      .map((runs) => Uint8Array.from(runs.flatMap(([byte, count]) => new Array<number>(count).fill(byte)))),
  );
  const options = fc.record({ level: fc.integer({ min: 0, max: 9 }), strategy: fc.integer({ min: 0, max: 4 }) });
  fc.assert(
    fc.property(text, options, (bytes, how) => {
      expect(hexOf(inflate(deflateRawSync(bytes, how), 'raw', bytes.length) as Uint8Array)).toBe(hexOf(bytes));
      expect(hexOf(inflate(deflateSync(bytes, how), 'zlib', 8000) as Uint8Array)).toBe(hexOf(bytes));
      if (bytes.length > 0) expect(inflate(deflateRawSync(bytes, how), 'raw', bytes.length - 1)).toBe('too-large');
    }),
  );
});

test('Damaged data gives no bytes, as with zlib, and never an error', () => {
  const whole = deflateSync(Buffer.from('TDOS '.repeat(90)));
  for (let end = 0; end < whole.length; end += 1) expect(inflate(whole.subarray(0, end), 'zlib', 4096)).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60, size: 'max' }), (bytes) => {
      const ours = inflate(bytes, 'raw', 1000);
      let theirs: Uint8Array | undefined;
      try {
        theirs = inflateRawSync(bytes, { maxOutputLength: 1000 });
      } catch {
        return;
      }
      expect(hexOf(ours as Uint8Array)).toBe(hexOf(theirs));
    }),
    { numRuns: 2000 },
  );
});

test('UTF-8 is told from what is none exactly as the machine tells it', async () => {
  const { isUtf8: machine } = await import('node:buffer');
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc
      .array(
        fc.constantFrom(0x41, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf),
        {
          maxLength: 6,
        },
      )
      .map((some) => Uint8Array.from(some)),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, (some) => {
      expect(isUtf8(some)).toBe(machine(some));
    }),
    { numRuns: 3000 },
  );
});
