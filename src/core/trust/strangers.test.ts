import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import { Strangers } from './strangers.ts';

const at = instant;

test('All together they get no more bytes than they sent, and 512 at the start', () => {
  const step = fc.record({
    node: fc.nat(3),
    heard: fc.nat(100),
    bytes: fc.integer({ min: 1, max: 120 }),
    ms: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const strangers = new Strangers(configure(), at(0));
      let [sent, got, now] = [512, 0, 0];
      for (const { node, heard, bytes, ms } of steps) {
        now += ms;
        strangers.heard(heard);
        sent += heard;
        if (strangers.mayTell(node, 'a', bytes, at(now))) got += bytes;
        expect(got).toBeLessThanOrEqual(sent);
        expect(strangers.credit).toBeLessThanOrEqual(4096);
      }
    }),
  );
});

test('One at one address gets an answer in 50 ms, and all so many a second', () => {
  const strangers = new Strangers(configure({ challengesPerSecond: 3 }), at(0));
  const tells = (node: number, address: string, now: number): boolean => {
    strangers.heard(100);
    return strangers.mayTell(node, address, 36, at(now));
  };
  expect([tells(7, 'a', 0), tells(7, 'a', 49), tells(7, 'b', 49), tells(7, 'a', 50), tells(8, 'a', 50)]).toEqual([
    true,
    false,
    true,
    true,
    false,
  ]);
  expect(tells(8, 'a', 400)).toBe(true);
});

test('What was not heard of them is not told: a larger answer waits for more', () => {
  const strangers = new Strangers(configure(), at(0));
  strangers.told(512);
  strangers.heard(32);
  expect(strangers.mayTell(7, 'a', 36, at(0))).toBe(false);
  strangers.heard(32);
  expect([strangers.mayTell(7, 'a', 36, at(0)), strangers.credit]).toEqual([true, 28]);
});
