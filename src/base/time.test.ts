import { expect, test } from 'vitest';
import { after, earliest, elapsed, instant, millis } from './time.ts';

test('Moments and spans add up', () => {
  expect(after(instant(1000), millis(250))).toBe(1250);
  expect(elapsed(instant(1000), after(instant(1000), 250))).toBe(250);
});

test('earliest() takes undefined for never', () => {
  expect(earliest(undefined, undefined)).toBeUndefined();
  expect(earliest(instant(3), undefined)).toBe(3);
  expect(earliest(undefined, instant(4))).toBe(4);
  expect(earliest(instant(3), instant(4))).toBe(3);
  expect(earliest(instant(4), instant(3))).toBe(3);
});
