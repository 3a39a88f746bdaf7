import { expect, test } from 'vitest';
import { Reader, saturate, Writer } from './bytes.ts';

test('What a Writer writes, a Reader reads, big-endian', () => {
  const bytes = new Uint8Array(13);
  const writer = new Writer(bytes, 0);
  writer.u8(0xfe);
  writer.u16(0xfedc);
  writer.u32(0xfedc_ba98);
  writer.u48(0xfedc_ba98_7654);
  expect(Buffer.from(bytes).toString('hex')).toBe('fefedcfedcba98fedcba987654');
  const reader = new Reader(bytes, 0);
  expect([reader.u8(), reader.u16(), reader.u32(), reader.u48()]).toEqual([
    0xfe, 0xfedc, 0xfedc_ba98, 0xfedc_ba98_7654,
  ]);
  expect(reader.refusal).toBeUndefined();
});

test('A Reader that comes to the end stays truncated, and never reads beyond', () => {
  const around = Uint8Array.of(1, 2, 3, 4);
  const reader = new Reader(around.subarray(0, 3), 0);
  expect(reader.u32()).toBe(0x01020300);
  expect(reader.refusal).toBe('truncated');
  reader.refuse('bad-field');
  expect(reader.refusal).toBe('truncated');
  expect(reader.rest().length).toBe(0);
});

test('A Writer refuses what is not a whole number of its field', () => {
  const writer = new Writer(new Uint8Array(8), 0);
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 32]) {
    expect(() => writer.u8(bad)).toThrow(/u8/);
    expect(() => writer.u16(bad)).toThrow(/u16/);
    expect(() => writer.u32(bad)).toThrow(/u32/);
  }
  expect(() => writer.u8(256)).toThrow(/u8/);
  expect(() => writer.u16(65_536)).toThrow(/u16/);
});

test('saturate() keeps a quantity whole and within its field', () => {
  expect([-3, 0.9, 41.9, 300, Number.POSITIVE_INFINITY].map((value) => saturate(value, 255))).toEqual([
    0, 0, 41, 255, 255,
  ]);
});
