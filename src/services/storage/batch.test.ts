import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchArgs, parseBatch } from './batch.ts';
import type { Batch } from './model.ts';

const row = { service: 'temp_sensor', node: 'kitchen', value: 21.5, unit: '°C', at: 1_700_000_000_000 };
const kitchen = { service: 'temp_sensor', node: 'kitchen', unit: '°C', labels: {} };
const none = { key: undefined, minutes: [], dropped: 0 };

test('A row alone is a batch', () => {
  expect(parseBatch(row)).toEqual({ ...none, series: [kitchen], rows: [[0, row.at, 21.5]] });
});

test('Rows as objects share their series, and keep what else they carry', () => {
  const more = [
    { service: 'door', value: null, at: 5.4 },
    { ...row, quality: 'live', trusted: true },
    { ...row, labels: { room: 'hall' }, value: 'warm' },
  ];
  expect(parseBatch({ rows: [row, ...more], source: 'me', epoch: 7, sequence: 1 })).toEqual({
    ...none,
    key: { source: 'me', epoch: 7, sequence: 1 },
    series: [kitchen, { service: 'door', node: '', unit: '', labels: {} }, { ...kitchen, labels: { room: 'hall' } }],
    rows: [
      [0, row.at, 21.5],
      [1, 5, null],
      [0, row.at, 21.5, { quality: 'live', trusted: true }],
      [2, row.at, 'warm'],
    ],
  });
});

const batches: fc.Arbitrary<Batch> = fc.record({
  key: fc.constantFrom(undefined, { source: 'logger', epoch: 0, sequence: 9 }),
  series: fc.constant([kitchen, { ...kitchen, labels: { room: 'hall' } }]),
  rows: fc.array(
    fc.oneof(
      fc.tuple(fc.nat(1), fc.nat(1e13), fc.constantFrom(1.5, 'text', true, null)),
      fc.tuple(fc.nat(1), fc.nat(1e13), fc.constant(2), fc.constant({ quality: 'stale' })),
    ),
    { minLength: 1, maxLength: 20 },
  ),
  minutes: fc.array(
    fc.nat(1e6).map((minute): Batch['minutes'][number] => {
      const at = minute * 60_000;
      return [1, at, { count: 3, sum: 6.5, min: 1, max: 3.5, last: 2, lastAt: at + 59_999 }];
    }),
    { maxLength: 5 },
  ),
  dropped: fc.nat(5),
});

test('The compact form is read as what was written', () => {
  fc.assert(
    fc.property(batches, (batch) => {
      expect(parseBatch(JSON.parse(JSON.stringify(batchArgs(batch))))).toEqual(batch);
    }),
  );
});

const compact = { series: [['temp']], rows: [[0, 1, 2]] };

test.each<[unknown, string]>([
  [undefined, '`append` takes a row { service, value, at }, or { rows: [...] }.'],
  [[row], '`append` takes a row'],
  [{ rows: [] }, '`rows` must be a list of 1 to 4096 rows.'],
  [{ rows: row }, '`rows` and `minutes` must be lists.'],
  [{ rows: Array(4097).fill(row) }, '`rows` must be a list'],
  [{ rows: [row], source: 'me' }, 'A batch that is to be kept once has `source`'],
  [{ rows: [row], source: 'me', epoch: 1, sequence: 0 }, 'A batch that is to be kept once'],
  [{ rows: [row], source: '', epoch: 1, sequence: 1 }, 'A batch that is to be kept once'],
  [{ rows: [row, 7] }, 'Row 1 must be { service, value, at }.'],
  [{ ...row, service: '' }, 'Row 0: `service` must be a name'],
  [{ ...row, node: 7 }, 'Row 0: `node` must be a name'],
  [{ ...row, unit: 'x'.repeat(65) }, 'Row 0: `unit` must be a text'],
  [{ ...row, labels: { room: 7 } }, 'Row 0: `labels` must be'],
  [{ ...row, at: '2024-01-01' }, 'Row 0: `at` must be a time in ms since 1970.'],
  [{ ...row, at: -1 }, 'Row 0: `at` must be a time'],
  [{ ...row, at: 253_402_300_800_000 }, 'Row 0: `at` must be a time'],
  [{ ...row, value: undefined }, 'Row 0: `value` must be a number, a text, true, false or null.'],
  [{ ...row, value: { deep: 1 } }, 'Row 0: `value` must be'],
  [{ ...row, value: 'x'.repeat(257) }, 'Row 0: `value` must be'],
  [{ ...row, extra: [] }, 'Row 0: at most 16 more fields'],
  [{ ...row, ...Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, i])) }, 'Row 0: at most 16'],
  [{ ...compact, series: [] }, '`series` must be a list of 1 to 1024'],
  [{ ...compact, series: ['temp'] }, 'Series 0 must be [service, node, unit].'],
  [{ ...compact, series: [['']] }, 'Series 0: `service` must be'],
  [{ ...compact, from: 'x' }, '`from` must be a time'],
  [{ ...compact, rows: [[1, 1, 2]] }, 'Row 0: there is no series 1.'],
  [{ ...compact, rows: [{}] }, 'Row 0 must be [series, at, value].'],
  [{ ...compact, rows: [[0, 'x', 2]] }, 'Row 0: `at` must be a time'],
  [{ ...compact, from: 9, rows: [[0, -10, 2]] }, 'Row 0: `at` must be a time'],
  [{ ...compact, dropped: -1 }, '`dropped` must be'],
  [{ ...compact, minutes: [[0, 1, 1, 1, 1, 1, 1, 1]] }, 'Minute 0 must be'],
  [{ ...compact, minutes: [[0, 0, 0, 1, 1, 1, 1, 1]] }, 'Minute 0 must be'],
  [{ ...compact, minutes: [[0, 0, 1, 1, 1, 1, null, 1]] }, 'Minute 0 must be'],
  [{ ...compact, minutes: [[0, 0, 1, 1, 1, 1, 1, 60_000]] }, 'Minute 0 must be'],
])('A batch that makes no sense is refused in words: %j', (args, message) => {
  expect(() => parseBatch(args)).toThrow(
    expect.objectContaining({ code: 'BAD_ARGUMENT', message: expect.stringContaining(message) }),
  );
});
