import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it('takes milliseconds, seconds, minutes and hours, whole or with a fraction', () => {
    expect(['500ms', '5s', '2m', '1h', '1.5s', ' 20s '].map(parseDuration)).toEqual([
      500, 5000, 120_000, 3_600_000, 1500, 20_000,
    ]);
  });

  it('refuses a number without a unit, nothing, zero, a sign, and more than a timer can hold', () => {
    const refused = ['5', '', 's', '0s', '-5s', '5 s', '1d', '5sec', '1e3s', '999999999h', 'Infinitys'];
    expect(refused.map(parseDuration)).toEqual(refused.map(() => undefined));
  });

  it('reads back every whole number of milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (ms) => {
        expect(parseDuration(`${ms}ms`)).toBe(ms);
      }),
    );
  });
});

describe('formatDuration', () => {
  it('keeps two figures or two units', () => {
    const spans = [0, 0.4, 12.4, 999, 1000, 3400, 9949, 9960, 59_400, 59_600, 125_000, 120_000, 3_780_000, 187_200_000];
    expect(spans.map(formatDuration)).toEqual([
      '0 ms',
      '0.4 ms',
      '12 ms',
      '999 ms',
      '1.0 s',
      '3.4 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min',
      '2 min 5 s',
      '2 min',
      '1 h 3 min',
      '2 d 4 h',
    ]);
  });

  it('never shows 60 of a unit that has a larger one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * 86_400_000 }), (ms) => {
        expect(formatDuration(ms)).not.toMatch(/\b(60 s|60 min|24 h|1000 ms)\b/);
      }),
    );
  });
});
