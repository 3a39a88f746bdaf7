import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import { ReplayWindow } from './replay-window.ts';

const at = instant;
const make = (size = 64, first = 100): ReplayWindow => new ReplayWindow(size, first, 2000, at(0));

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
