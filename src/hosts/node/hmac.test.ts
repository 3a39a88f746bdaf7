import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacSha256 } from './hmac.ts';

test('Every message gets the same tag as from OpenSSL, the first and the hundredth', () => {
  const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
  fc.assert(
    fc.property(bytes(100), fc.array(bytes(200), { minLength: 100, maxLength: 110 }), (key, messages) => {
      const hmac = hmacSha256(key);
      for (const message of messages)
        expect(Buffer.from(hmac(message))).toEqual(createHmac('sha256', key).update(message).digest());
    }),
    { numRuns: 20 },
  );
});
