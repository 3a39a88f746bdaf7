import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, HOUR, MINUTE, merge, rollUp, stepFor, summaryOf } from './rollup.ts';

test('The step for a chart is the smallest readable one with at most so many points', () => {
  const day = 24 * HOUR;
  expect([stepFor(day, 300), stepFor(30 * day, 300), stepFor(HOUR, 300), stepFor(100, 300)]).toEqual([
    5 * MINUTE,
    3 * HOUR,
    15_000,
    1,
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e15 }), fc.integer({ min: 1, max: 2000 }), (span, points) => {
      expect(span / stepFor(span, points)).toBeLessThanOrEqual(points);
    }),
  );
});

test('A bucket begins a whole number of steps from the origin, at or before its moment', () => {
  expect([bucketOf(119, 60, 0), bucketOf(119, 60, 30), bucketOf(-1, 60, 0), bucketOf(60, 60, 0)]).toEqual([
    60, 90, -60, 60,
  ]);
});

test('Two summaries are one of all their numbers; the newest is the last', () => {
  const values = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: -9, max: 9 })), { minLength: 2, maxLength: 9 });
  fc.assert(
    fc.property(values, (pairs) => {
      const whole = pairs.map(([at, value]) => summaryOf(at, value)).reduce(merge);
      const numbers = pairs.map(([, value]) => value);
      const newest = Math.max(...pairs.map(([at]) => at));
      expect(whole).toEqual({
        ...{ count: pairs.length, sum: numbers.reduce((a, b) => a + b) },
        ...{ min: Math.min(...numbers), max: Math.max(...numbers) },
        ...{ last: pairs.findLast(([at]) => at === newest)?.[1], lastAt: newest },
      });
    }),
  );
});

test('A batch rolls up to one summary for each series and minute; what is no number is left out', () => {
  const found: unknown[] = [];
  rollUp(
    {
      rows: [
        [0, 1, 5],
        [0, MINUTE + 1, 7],
        [1, 2, 9],
        [1, 3, 'open'],
        [0, 2, 1],
      ],
      minutes: [[0, 0, { count: 2, sum: 4, min: 0, max: 4, last: 4, lastAt: 0 }]],
    },
    MINUTE,
    (...one) => found.push(one),
  );
  expect(found).toEqual([
    [0, 0, { count: 4, sum: 10, min: 0, max: 5, last: 1, lastAt: 2 }],
    [0, MINUTE, summaryOf(MINUTE + 1, 7)],
    [1, 0, summaryOf(2, 9)],
  ]);
});
