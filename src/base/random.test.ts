import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from './random.ts';

const drawn = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.u32());

test('One seed gives one row of numbers, on every platform', () => {
  expect(drawn(new Random(1), 4)).toEqual([2693262067, 11749833, 2265367787, 4213581821]);
  expect(drawn(new Random(7), 50)).toEqual(drawn(new Random(7), 50));
  expect(drawn(new Random(7), 50)).not.toEqual(drawn(new Random(8), 50));
});

test('Every draw stays within its bounds, whatever the seed', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (seed, bound) => {
      const random = new Random(seed);
      for (let draw = 0; draw < 20; draw += 1) {
        const [u32, unit, below, id, between] = [
          random.u32(),
          random.unit(),
          random.below(bound),
          random.id(),
          random.between(-2, 3),
        ];
        expect(Number.isInteger(u32) && u32 >= 0 && u32 < 2 ** 32).toBe(true);
        expect(unit >= 0 && unit < 1).toBe(true);
        expect(Number.isInteger(below) && below >= 0 && below < bound).toBe(true);
        expect(Number.isInteger(id) && id >= 1 && id < 2 ** 32).toBe(true);
        expect(between >= -2 && between < 3).toBe(true);
      }
    }),
  );
});

test('below() gives each number about as often as the others', () => {
  const random = new Random(42);
  const counts = new Array<number>(8).fill(0);
  for (let draw = 0; draw < 80_000; draw += 1) {
    const face = random.below(8);
    counts[face] = (counts[face] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

test('split() gives a stream that the first one’s later draws do not shift', () => {
  const [one, two] = [new Random(5), new Random(5)];
  const [left, right] = [one.split(), two.split()];
  drawn(one, 100);
  expect(drawn(left, 10)).toEqual(drawn(right, 10));
  expect(drawn(left, 10)).not.toEqual(drawn(two, 10));
});
