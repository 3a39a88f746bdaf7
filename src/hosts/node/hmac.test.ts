import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacSha256 } from './hmac.ts';

const openSsl = (key: Uint8Array, message: Uint8Array): Buffer => createHmac('sha256', key).update(message).digest();

test('Every message gets the same tag as from OpenSSL, whatever came before it', () => {
  const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
  fc.assert(
    fc.property(bytes(100), fc.array(bytes(2000), { maxLength: 10, size: 'max' }), (key, messages) => {
      const hmac = hmacSha256(key);
      for (const message of messages) expect(Buffer.from(hmac(message))).toEqual(openSsl(key, message));
    }),
  );
});

test('The beginning of a message has the tag that it has alone', () => {
  const key = new Uint8Array(32).fill(7);
  const hmac = hmacSha256(key);
  const message = new Uint8Array(1500).fill(1);
  for (const length of [0, 1, 1024, 1500])
    expect(Buffer.from(hmac(message, length))).toEqual(openSsl(key, message.subarray(0, length)));
});

test.each([63, 64, 65])('A key of %i bytes counts whole', (bytes) => {
  const key = new Uint8Array(bytes).fill(7);
  expect(Buffer.from(hmacSha256(key)(key))).toEqual(openSsl(key, key));
});

test('A key may be wiped once it is in use', () => {
  const key = new Uint8Array(32).fill(7);
  const hmac = hmacSha256(key);
  const short = new Uint8Array(10).fill(1);
  const long = new Uint8Array(3000).fill(2);
  const tags = [short, long].map((message) => openSsl(key, message));
  key.fill(0);
  expect([short, long].map((message) => Buffer.from(hmac(message)))).toEqual(tags);
});
