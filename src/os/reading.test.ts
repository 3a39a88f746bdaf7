import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TdosError } from '../base/errors.ts';
import { instant } from '../base/time.ts';
import { accept, aged, fresher, type Reading, readingOf, unpack } from './reading.ts';

const READING: Reading<unknown> = {
  value: 21.5,
  unit: '°C',
  quality: 'live',
  age: 40,
  node: 'kitchen',
  nodeId: 7,
  service: 'temp_sensor',
  trusted: true,
};
const TIMEOUT = new TdosError('TIMEOUT');

const outcomeOf = (value: unknown, changes = {}) =>
  ({ ok: true, value, node: 7, nodeName: 'kitchen', sibling: false, tookMs: 40, tries: 1, ...changes }) as const;

describe('unpack', () => {
  it('takes value, unit and age out of an object that has a value', () => {
    const answer = { value: 21.5, unit: '°C', age: 300, more: 1 };
    expect(unpack(answer, 0)).toEqual({ value: 21.5, unit: '°C', age: 300, isStale: false });
  });

  it('takes any other JSON for the value itself', () => {
    for (const answer of [21.5, null, 'on', [1], { celsius: 3 }, { unit: '%' }])
      expect(unpack(answer, 0)).toEqual({ value: answer, unit: '', age: 0, isStale: false });
  });

  it('tells the age of a value that says when it was taken, where there is a clock and no age', () => {
    expect(unpack({ value: 1, at: 900 }, 1000).age).toBe(100);
    expect(unpack({ value: 1, at: 900, age: 5 }, 1000).age).toBe(5);
    expect(unpack({ value: 1, at: 900 }, 0).age).toBe(0);
    expect(unpack({ value: 1, at: 2000 }, 1000).age).toBe(0);
  });

  it('ignores ages and units that are none', () => {
    expect(unpack({ value: 1, age: -5, unit: 7 }, 0)).toEqual({ value: 1, unit: '', age: 0, isStale: false });
    expect(unpack({ value: 1, age: '9' }, 0).age).toBe(0);
  });
});

describe('readingOf', () => {
  it('adds the time since the first transmission to the age that the server says', () => {
    const said = { value: 21.5, unit: '°C', age: 300 };
    expect(readingOf('temp_sensor', outcomeOf(said), 0, true, 0)).toEqual({ ...READING, age: 340 });
  });

  it('says sibling when another than the first choice answered, or than the preferred one', () => {
    const quality = (changes: object, prefer: number) =>
      readingOf('temp_sensor', outcomeOf(1, changes), prefer, true, 0).quality;
    expect([quality({}, 0), quality({}, 7), quality({}, 8), quality({ sibling: true }, 7)]).toEqual([
      'live',
      'live',
      'sibling',
      'sibling',
    ]);
  });

  it('says stale when the server says so, whoever answered', () => {
    const said = { value: 1, quality: 'stale' };
    expect(readingOf('t', outcomeOf(said, { sibling: true }), 0, true, 0).quality).toBe('stale');
  });
});

describe('accept', () => {
  const now = instant(1000);
  const kept = { reading: { ...READING, value: 20 }, at: instant(400) };

  it('gives a fresh reading to those who set no age', () => {
    expect(accept({ ...READING, age: 99_999 }, kept, undefined, now)).toEqual({ ...READING, age: 99_999 });
  });

  it('refuses a live value that is older than asked', () => {
    expect(() => accept({ ...READING, age: 501 }, undefined, 500, now)).toThrow(
      'temp_sensor on kitchen answered with a value up to 501 ms old; 500 ms are asked for.',
    );
  });

  it('lets the last known value stand in for those who take its age, and says why', () => {
    expect(accept(TIMEOUT, kept, 640, now)).toEqual({ ...kept.reading, quality: 'stale', age: 640, error: TIMEOUT });
    expect(() => accept(TIMEOUT, kept, 639, now)).toThrow(TIMEOUT);
    expect(() => accept(TIMEOUT, undefined, 5000, now)).toThrow(TIMEOUT);
  });

  it('lets nothing old stand in for those who did not ask for it', () => {
    expect(() => accept(TIMEOUT, kept, undefined, now)).toThrow(TIMEOUT);
    expect(() => accept({ ...READING, quality: 'stale' }, undefined, undefined, now)).toThrow(/kept from before/);
  });

  it('never gives a value older than asked, nor a stale one unasked, nor a younger age than it has', () => {
    const age = fc.nat(2000);
    const quality = fc.constantFrom('live', 'sibling', 'stale');
    const fresh = fc.oneof(
      fc.constant(TIMEOUT),
      fc.record({ age, quality }).map((of) => ({ ...READING, ...of })),
    );
    const before = fc.option(
      fc
        .record({ age, at: fc.nat(1000) })
        .map((of) => ({ reading: { ...kept.reading, age: of.age }, at: instant(of.at) })),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fresh, before, fc.option(age, { nil: undefined }), (call, old, maxAge) => {
        let given: Reading<unknown>;
        try {
          given = accept(call, old, maxAge, now);
        } catch (error) {
          expect(error).toBeInstanceOf(TdosError);
          return;
        }
        if (maxAge !== undefined) expect(given.age).toBeLessThanOrEqual(maxAge);
        if (given.quality === 'stale') expect(maxAge).toBeDefined();
        else expect(given).toBe(call);
        if (given.error !== undefined) expect(given.age).toBe((old?.reading.age ?? 0) + now - (old?.at ?? 0));
      }),
    );
  });
});

describe('Kept readings', () => {
  it('grow old', () => {
    expect(aged(READING, instant(100), instant(350)).age).toBe(290);
  });

  it('give way only to what is less old', () => {
    const first = { reading: READING, at: instant(0) };
    const older = { reading: { ...READING, age: 500 }, at: instant(100) };
    const younger = { reading: { ...READING, age: 100 }, at: instant(100) };
    expect(fresher(undefined, older)).toBe(older);
    expect(fresher(first, older)).toBe(first);
    expect(fresher(first, younger)).toBe(younger);
  });
});
