import { randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { nodeCodec as codec } from './codec.ts';

test('UTF-8 goes both ways, and what is none has no text', () => {
  expect(codec.decodeUtf8(codec.encodeUtf8('21.5 °C 🌡\ufeff'))).toBe('21.5 °C 🌡\ufeff');
  expect(codec.decodeUtf8(codec.encodeUtf8('\ufeffa'))).toBe('\ufeffa');
  for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
    expect(codec.decodeUtf8(Uint8Array.from(bad))).toBeUndefined();
  }
});

test('Inflating stops at the limit', () => {
  const zeros = new Uint8Array(1_000);
  expect(codec.inflate(deflateRawSync(zeros), 'raw', 1_000)).toHaveLength(1_000);
  expect(codec.inflate(deflateRawSync(zeros), 'raw', 999)).toBe('too-large');
  expect(codec.inflate(deflateSync(zeros), 'zlib', 1_000)).toHaveLength(1_000);
  expect(codec.inflate(deflateSync(zeros), 'zlib', 999)).toBe('too-large');
});

test('Damaged data inflates to nothing', () => {
  const stream = deflateRawSync(randomBytes(100));
  expect(codec.inflate(stream.subarray(0, -3), 'raw', 1_000)).toBeUndefined();
  expect(codec.inflate(stream, 'zlib', 1_000)).toBeUndefined();
  expect(codec.inflate(new Uint8Array(0), 'raw', 1_000)).toBeUndefined();
});

test('What is deflated reaches back at most 1 KiB, so that a board can inflate it', () => {
  const noise = randomBytes(1_500);
  const twice = new Uint8Array(3_000);
  twice.set(noise);
  twice.set(noise, 1_500);
  const near = new Uint8Array(1_000);
  near.set(noise.subarray(0, 500));
  near.set(noise.subarray(0, 500), 500);
  expect(codec.deflate?.(twice).length).toBeGreaterThan(3_000);
  expect(codec.deflate?.(near).length).toBeLessThan(600);
});
