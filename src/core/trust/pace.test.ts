import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import { Pace } from './pace.ts';

const at = instant;

test('One node gets its turn once in so many ms', () => {
  const pace = new Pace<number>(100, 50, 8, at(0));
  expect([0, 49, 50, 60, 100].map((now) => pace.allows(7, at(now)))).toEqual([true, false, true, false, true]);
});

test('All together get so many turns a second', () => {
  const pace = new Pace<number>(10, 1, 1000, at(0));
  const turns = (from: number, to: number): number => {
    let count = 0;
    for (let now = from; now < to; now++) if (pace.allows(now, at(now))) count += 1;
    return count;
  };
  expect(turns(0, 1000)).toBe(19);
  expect(turns(1000, 2000)).toBe(10);
});

test('So many nodes are remembered; more wait', () => {
  const pace = new Pace<number>(1000, 50, 3, at(0));
  expect([1, 2, 3, 4].map((node) => pace.allows(node, at(0)))).toEqual([true, true, true, false]);
  expect(pace.allows(4, at(50))).toBe(true);
});
