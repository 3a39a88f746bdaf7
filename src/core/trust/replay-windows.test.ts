import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Instant, instant } from '../../base/time.ts';
import { ReplayWindows } from './replay-windows.ts';

const at = instant;

/** One window, among others of its table. */
function make(size = 64, first = 100) {
  const windows = new ReplayWindows(size, 2000);
  windows.begin(first + 7, at(0));
  const window = windows.begin(first, at(0));
  windows.begin(first + 9, at(0));
  return {
    take: (sequence: number, addressed: boolean, now: Instant) => windows.take(window, sequence, addressed, now),
    isNew: (sequence: number, addressed: boolean) => windows.isNew(window, sequence, addressed),
    raise: (sequence: number) => windows.raise(window, sequence),
  };
}

test('Each number counts once, in any order within the window', () => {
  const window = make();
  const order = [101, 103, 102, 103, 101, 140, 104, 140];
  expect(order.map((sequence) => window.take(sequence, true, at(1)))).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
});

test('Nothing up to the proof is taken, nor what lies behind the window', () => {
  const window = make();
  expect([100, 99, 1].map((sequence) => window.take(sequence, true, at(1)))).toEqual([false, false, false]);
  expect(window.take(200, true, at(1))).toBe(true);
  expect([136, 137].map((sequence) => window.take(sequence, true, at(1)))).toEqual([false, true]);
});

test('Broadcasts have a window of their own over the same numbers', () => {
  const window = make();
  for (let sequence = 102; sequence < 500; sequence += 2) expect(window.take(sequence, true, at(1))).toBe(true);
  expect([window.take(103, false, at(2)), window.take(103, false, at(2))]).toEqual([true, false]);
});

test('A datagram that was kept back is worth nothing once the sender has gone on for some seconds', () => {
  const window = make();
  expect(window.take(110, true, at(100))).toBe(true);
  expect(window.take(105, true, at(2050))).toBe(true);
  expect(window.take(111, false, at(2100))).toBe(true);
  expect(window.take(112, true, at(4200))).toBe(true);
  expect([window.take(106, true, at(4200)), window.take(106, false, at(4200))]).toEqual([false, false]);
});

test('After a silence nothing is taken from before it', () => {
  const window = make();
  expect([window.take(500, true, at(100)), window.take(480, true, at(1900))]).toEqual([true, true]);
  expect([
    window.take(501, false, at(5000)),
    window.take(499, true, at(5000)),
    window.take(499, false, at(5000)),
  ]).toEqual([true, false, false]);
});

test('A proof raises the floor, and forgets nothing', () => {
  const window = make();
  for (const sequence of [110, 120]) expect(window.take(sequence, true, at(1))).toBe(true);
  window.raise(115);
  expect([115, 116, 120, 121].map((sequence) => window.take(sequence, true, at(1)))).toEqual([
    false,
    true,
    false,
    true,
  ]);
  window.raise(110);
  expect(window.take(112, true, at(1))).toBe(false);
});

test('A look at a number does not take it', () => {
  const window = make();
  expect([window.isNew(101, true), window.take(101, true, at(1)), window.isNew(101, true)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([window.isNew(101, false), window.isNew(100, false), window.isNew(500, true)]).toEqual([true, false, true]);
  expect(window.take(300, true, at(1))).toBe(true);
  expect([236, 237].map((sequence) => window.isNew(sequence, true))).toEqual([false, true]);
});

test('No number is ever taken twice, and a row in order is taken whole', () => {
  const step = fc.record({ sequence: fc.integer({ min: 1, max: 400 }), addressed: fc.boolean(), ms: fc.nat(700) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(32, 64, 96), (steps, size) => {
      const window = make(size, 50);
      const taken = new Set<string>();
      let now = 0;
      for (const { sequence, addressed, ms } of steps) {
        now += ms;
        if (!window.take(sequence, addressed, at(now))) continue;
        const key = `${sequence} ${addressed}`;
        expect(taken.has(key)).toBe(false);
        expect(sequence).toBeGreaterThan(50);
        taken.add(key);
      }
      const row = make(size, 50);
      for (let sequence = 51; sequence < 500; sequence++) expect(row.take(sequence, true, at(sequence * 9))).toBe(true);
    }),
  );
});

test('Windows know nothing of each other, however many there are, and begin anew in the place of another', () => {
  const windows = new ReplayWindows(32, 2000);
  const all = Array.from({ length: 50 }, (_, sender) => windows.begin(1000 * sender, at(0)));
  const take = (sequence: (sender: number) => number): boolean[] =>
    all.flatMap((window, sender) => [true, false].map((kind) => windows.take(window, sequence(sender), kind, at(1))));
  expect(take((sender) => 1000 * sender + 31)).toEqual(Array(100).fill(true));
  expect(take((sender) => 1000 * sender + 31)).toEqual(Array(100).fill(false));
  expect(take((sender) => 1000 * sender)).toEqual(Array(100).fill(false));
  expect(windows.begin(5, at(2), all[20])).toBe(all[20]);
  expect([6, 5, 6].map((sequence) => windows.take(all[20] as number, sequence, true, at(3)))).toEqual([
    true,
    false,
    false,
  ]);
  expect(windows.begin(9, at(4))).toBe(50);
  expect(take((sender) => 1000 * sender + 32)).toEqual(Array(100).fill(true));
});
