import { expect, test } from 'vitest';
import { instant } from '../base/time.ts';
import { WallClock } from './wall-clock.ts';

const NOON = 1_700_000_000_000;
const at = instant;

test('A machine with a clock goes by it, whatever a kernel says, and follows it when it is set', () => {
  const clock = new WallClock(NOON, at(100));
  clock.hear(5, at(100));
  expect([clock.time(at(100)), clock.time(at(350)), clock.ownTime(at(350))]).toEqual([NOON, NOON + 250, NOON + 250]);
  clock.set(NOON + 9000, at(400));
  expect([clock.time(at(401)), clock.ownTime(at(401))]).toEqual([NOON + 9001, NOON + 9001]);
});

test('A board without a clock goes by the newest word of a kernel, and tells nobody', () => {
  const clock = new WallClock(0, at(0));
  expect(clock.time(at(50))).toBe(0);
  clock.hear(NOON, at(100));
  clock.hear(0, at(150));
  expect([clock.time(at(200)), clock.ownTime(at(200))]).toEqual([NOON + 100, 0]);
  clock.hear(NOON + 5000, at(5003));
  expect(clock.time(at(6003))).toBe(NOON + 6000);
});
