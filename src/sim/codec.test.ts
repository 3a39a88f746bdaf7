import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainCodec } from './codec.ts';

describe('plainCodec', () => {
  const codec = plainCodec();

  it('writes every text as UTF-8, short or long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(codec.encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
      }),
    );
  });

  it('reads what it wrote, and refuses what is no UTF-8', () => {
    expect(codec.decodeUtf8(codec.encodeUtf8('21.5 °C'))).toBe('21.5 °C');
    expect(codec.decodeUtf8(Uint8Array.of(0xc3, 0x28))).toBeUndefined();
  });
});
