// What fuzzing found once stays found: `found.txt`.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decode, decodeBody, sealKey } from '../../src/wire/index.ts';
import { TYPES } from '../../src/wire/numbers.ts';
import { codec } from '../vectors/codec.ts';

const lines = readFileSync(new URL('./found.txt', import.meta.url), 'utf8').split('\n');
const found = lines.filter((line) => /^[0-9a-f]/.test(line)).map((line) => line.split(/ {2,}/) as [string, string]);
const key = sealKey(new Uint8Array(32).fill(7), codec);

test.each(found)('%s: %s', (hex) => {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
  expect(bytes.length * 2).toBe(hex.length);
  const outcomes = [decode(bytes, codec), decode(bytes, codec, { self: 1, key: () => key })];
  for (const outcome of outcomes) expect(outcome.ok || typeof outcome.refusal === 'string').toBe(true);
  // No message is undefined; what matters is that nothing is thrown.
  for (const type of TYPES) if (type !== undefined) decodeBody(type, bytes.subarray(16), codec);
});
