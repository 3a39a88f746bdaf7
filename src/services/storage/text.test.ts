import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Page, Point, Row } from './model.ts';
import { isoTime, textOf } from './text.ts';

const series = [
  { service: 'temp', node: 'a, "b"', unit: '°C', labels: {} },
  { service: 'door', node: 'hall', unit: '', labels: { room: 'hall' } },
];
const rows: Page<Row> = {
  series,
  items: [
    [0, 0, 21.5, { quality: 'live' }],
    [1, 1_767_225_600_123, 'two\nlines'],
    [1, 1_767_225_600_124, null],
  ],
  next: undefined,
};
const points: Page<Point> = {
  series,
  items: [[1, 60_000, { count: 4, sum: 10, min: 1, max: 4, last: 3, lastAt: 61_000 }]],
  next: undefined,
};

test('Rows become CSV, with a head on the first page alone', () => {
  const lines = [
    '1970-01-01T00:00:00.000Z,temp,"a, ""b""",°C,,21.5\n',
    '2026-01-01T00:00:00.123Z,door,hall,,"{""room"":""hall""}","two\nlines"\n',
    '2026-01-01T00:00:00.124Z,door,hall,,"{""room"":""hall""}",\n',
  ].join('');
  expect(textOf(rows, 'csv', 'rows', true)).toBe(`time,service,node,unit,labels,value\n${lines}`);
  expect(textOf(rows, 'csv', 'rows', false)).toBe(lines);
});

test('Rows become JSON Lines with all that they carry', () => {
  expect(
    textOf(rows, 'jsonl', 'rows', true)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { time: '1970-01-01T00:00:00.000Z', ...series[0], value: 21.5, quality: 'live' },
    { time: '2026-01-01T00:00:00.123Z', ...series[1], value: 'two\nlines' },
    { time: '2026-01-01T00:00:00.124Z', ...series[1], value: null },
  ]);
});

test('Points become both', () => {
  expect(textOf(points, 'csv', 'points', true)).toBe(
    'time,service,node,unit,labels,avg,min,max,last,count\n1970-01-01T00:01:00.000Z,door,hall,,"{""room"":""hall""}",2.5,1,4,3,4\n',
  );
  expect(JSON.parse(textOf(points, 'jsonl', 'points', true))).toEqual({
    ...{ time: '1970-01-01T00:01:00.000Z', ...series[1] },
    ...{ avg: 2.5, min: 1, max: 4, last: 3, count: 4 },
  });
});

test('A time is written as the engine of JavaScript writes it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (at) => {
      expect(isoTime(at)).toBe(new Date(at).toISOString());
    }),
  );
});
