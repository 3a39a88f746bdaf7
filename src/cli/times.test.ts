import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoText, momentText, offsetOf, parseMoment, parseSpan, zoneOf } from './times.ts';

const BERLIN = 'Europe/Berlin';
const NOW = Date.parse('2026-03-29T10:30:00Z');
const moment = (text: string, zone = BERLIN): string | undefined => {
  const at = parseMoment(text, NOW, zone);
  return at === undefined ? undefined : new Date(at).toISOString();
};

test('A span has a unit, from ms to years', () => {
  expect(['500ms', '1.5 h', '90d', '2 years', '1w'].map(parseSpan)).toEqual([
    500,
    5_400_000,
    90 * 86_400_000,
    730 * 86_400_000,
    7 * 86_400_000,
  ]);
  expect(['5', 'h', '0s', '-1h', '1 fortnight', '0.1ms', ''].map(parseSpan)).toEqual(Array(7).fill(undefined));
});

test('A moment is told from now, from a day, or by the clock of the zone', () => {
  expect(moment('now')).toBe('2026-03-29T10:30:00.000Z');
  expect(moment('2 h ago')).toBe('2026-03-29T08:30:00.000Z');
  expect(moment('90min ago')).toBe('2026-03-29T09:00:00.000Z');
  expect(moment('18:00')).toBe('2026-03-29T16:00:00.000Z');
  expect(moment('yesterday')).toBe('2026-03-27T23:00:00.000Z');
  expect(moment('yesterday 6:05')).toBe('2026-03-28T05:05:00.000Z');
  expect(moment('2026-01-31 12:00:05.25')).toBe('2026-01-31T11:00:05.250Z');
  expect(moment('2026-01-31T12:00', 'Asia/Kolkata')).toBe('2026-01-31T06:30:00.000Z');
  expect(moment('2026-01-31T12:00Z')).toBe('2026-01-31T12:00:00.000Z');
  expect(moment('2026-01-31T12:00:00+05:30')).toBe('2026-01-31T06:30:00.000Z');
  expect(moment('1767225600000')).toBe('2026-01-01T00:00:00.000Z');
});

test('The hour that comes twice is the first, and the one left out is an hour later', () => {
  expect(moment('2026-10-25 02:30')).toBe('2026-10-25T00:30:00.000Z');
  expect(moment('2026-03-29 02:30')).toBe('2026-03-29T01:30:00.000Z');
  expect(moment('2026-03-29')).toBe('2026-03-28T23:00:00.000Z');
});

test.each(['', 'soon', '25:00', '12:60', '2026-02-30', '2026-13-01', 'ago', 'x ago', '2026-01-31T99:00Z', '12'])(
  '%j is no moment',
  (text) => {
    expect(moment(text)).toBeUndefined();
  },
);

test('A moment is shown in the zone that was asked for', () => {
  expect([momentText(NOW, BERLIN), momentText(NOW + 7, 'UTC', true)]).toEqual([
    '2026-03-29 12:30:00',
    '2026-03-29 10:30:00.007',
  ]);
  expect([isoText(NOW, BERLIN), isoText(NOW, 'UTC'), isoText(NOW, 'America/St_Johns')]).toEqual([
    '2026-03-29T12:30:00.000+02:00',
    '2026-03-29T10:30:00.000Z',
    '2026-03-29T08:00:00.000-02:30',
  ]);
  expect([zoneOf('Europe/Berlin'), zoneOf('Mars/Olympus')]).toEqual([BERLIN, undefined]);
});

test('What is shown is read as the same second, but for the hour that comes twice', () => {
  const zone = fc.constantFrom(BERLIN, 'UTC', 'America/St_Johns', 'Australia/Lord_Howe');
  fc.assert(
    fc.property(fc.integer({ min: 1e12 / 1000, max: 3e12 / 1000 }), zone, (second, name) => {
      const at = second * 1000;
      const read = parseMoment(momentText(at, name), NOW, name);
      const isTwice = offsetOf(at - 3_600_000, name) > offsetOf(at, name);
      if (!isTwice) expect(read).toBe(at);
      expect(Date.parse(isoText(at, name))).toBe(at);
    }),
  );
});
