import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bucket } from './bucket.ts';
import { instant } from './time.ts';

test('A bucket holds one second’s worth at first, then refills at its rate and no further', () => {
  const bucket = new Bucket(50);
  expect([bucket.holds(50, instant(0)), bucket.holds(51, instant(0))]).toEqual([true, false]);
  bucket.take(50);
  expect([bucket.holds(1, instant(0)), bucket.holds(1, instant(19)), bucket.holds(1, instant(20))]).toEqual([
    false,
    false,
    true,
  ]);
  expect([bucket.holds(50, instant(60_000)), bucket.holds(50.1, instant(60_000))]).toEqual([true, false]);
});

test('A slow bucket still holds one whole token', () => {
  const bucket = new Bucket(0.5);
  expect(bucket.holds(1, instant(0))).toBe(true);
  bucket.take(1);
  expect(bucket.readyAt(1, instant(0))).toBe(2000);
});

test('What is overdrawn must be made up first', () => {
  const bucket = new Bucket(10);
  expect(bucket.holds(1, instant(0))).toBe(true);
  bucket.take(14);
  expect(bucket.readyAt(1, instant(0))).toBe(500);
  expect([bucket.holds(1, instant(499)), bucket.holds(1, instant(500))]).toEqual([false, true]);
});

test('readyAt() is never late, and never so early that one would look for ever', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: 2000 }),
      fc.nat(1e6),
      (rate, drawn, start) => {
        const bucket = new Bucket(rate);
        bucket.holds(1, instant(start));
        bucket.take(drawn);
        let now = instant(start);
        let looks = 0;
        while (!bucket.holds(1, now)) {
          const next = bucket.readyAt(1, now);
          expect(next).toBeGreaterThanOrEqual(now + 1);
          now = next;
          looks += 1;
        }
        expect(looks).toBeLessThanOrEqual(2);
        expect(now - start).toBeLessThanOrEqual(Math.max(0, (drawn + 1 - rate) / rate) * 1000 + 2);
      },
    ),
  );
});
