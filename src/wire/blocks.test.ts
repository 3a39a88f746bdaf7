import { expect, test } from 'vitest';
import { blockCount, cutBlocks, Reassembly } from './blocks.ts';
import { BLOCK_BYTES } from './limits.ts';
import type { Block } from './message.ts';

const body = Uint8Array.from({ length: 2 * BLOCK_BYTES + 5 }, (_, n) => n % 251);
const blocks = cutBlocks(9, 'response', body);
const [first, second, third] = blocks as [Block, Block, Block];

test('A body is cut into full blocks and what is left', () => {
  expect(blocks.map(({ callId, carries, number, size, data }) => [callId, carries, number, size, data.length])).toEqual(
    [
      [9, 'response', 0, body.length, BLOCK_BYTES],
      [9, 'response', 1, body.length, BLOCK_BYTES],
      [9, 'response', 2, body.length, 5],
    ],
  );
  expect([1, BLOCK_BYTES, BLOCK_BYTES + 1].map(blockCount)).toEqual([1, 1, 2]);
});

test('A body over 255 KiB is never cut', () => {
  expect(() => cutBlocks(9, 'request', new Uint8Array(261_121))).toThrow(/255 KiB/);
  expect(cutBlocks(9, 'request', new Uint8Array(261_120)).length).toBe(265);
});

test('Reassembly puts blocks together in any order, and says which is missing next', () => {
  const reassembly = new Reassembly(third);
  const seen = [third, first, third, second].map((block) => [
    reassembly.missing,
    reassembly.whole === undefined,
    reassembly.add(block),
  ]);
  expect(seen).toEqual([
    [0, true, true],
    [0, true, true],
    [1, true, true],
    [1, true, true],
  ]);
  expect(reassembly.missing).toBe(3);
  expect(reassembly.whole).toEqual(body);
});

test('A repeated block changes nothing, whatever it says', () => {
  const reassembly = new Reassembly(first);
  for (const block of blocks) reassembly.add(block);
  expect(reassembly.add({ ...second, data: new Uint8Array(BLOCK_BYTES) })).toBe(true);
  expect(reassembly.whole).toEqual(body);
});

test('Reassembly refuses a block of another message', () => {
  const reassembly = new Reassembly(first);
  expect(reassembly.add({ ...second, carries: 'request' })).toBe(false);
  expect(reassembly.add({ ...second, size: body.length + 1 })).toBe(false);
  expect(reassembly.add({ ...second, number: 3 })).toBe(false);
  expect(reassembly.add({ ...second, data: second.data.subarray(1) })).toBe(false);
  expect(reassembly.missing).toBe(0);
});
