/**
 * Batches as they travel: read from what a caller sent, and written for it.
 *
 * By hand, rows are objects: `{ rows: [{ service, node?, unit?, labels?, at, value, ... }] }`, or one such object. Loggers send
 * the compact form: `series` once as `[service, node, unit, labels?]`, and rows as `[series, at - from, value, more?]`.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import { isLabelValue, isName, isObject } from '../../wire/checks.ts';
import {
  type Batch,
  type BatchKey,
  type Labels,
  type MinuteRow,
  type Row,
  type Scalar,
  type Series,
  seriesText,
} from './model.ts';
import { MINUTE } from './rollup.ts';

/** Rows in one batch: more do not fit the 64 KiB of a message. */
export const MAX_BATCH = 4096;
/** Series in one batch. */
const MAX_BATCH_SERIES = 1024;
/** Fields of a row beyond those that every row has, and labels of a series. */
const MAX_EXTRAS = 16;
/** UTF-16 units of a text in a row. */
const MAX_FIELD_TEXT = 256;
/** The last ms of the year 9999, the last year that has four digits. */
export const MAX_AT = 253_402_300_799_999;

function refuse(sentence: string): never {
  throw new TdosError('BAD_ARGUMENT', sentence);
}

/** @throws TdosError BAD_ARGUMENT that says which part makes no sense, and how it must be. */
export function parseBatch(args: unknown): Batch {
  if (!isObject(args)) return refuse('`append` takes a row { service, value, at }, or { rows: [...] }.');
  const { rows, minutes = [], series, dropped = 0 } = args;
  const key = keyOf(args);
  if (rows === undefined) return objectBatch([args], key);
  if (!Array.isArray(rows) || !Array.isArray(minutes)) return refuse('`rows` and `minutes` must be lists.');
  const count = rows.length + minutes.length;
  if (count === 0 || count > MAX_BATCH) return refuse(`\`rows\` must be a list of 1 to ${MAX_BATCH} rows.`);
  if (!isCount(dropped)) return refuse('`dropped` must be how many readings were given up: 0 or more.');
  if (series === undefined) return objectBatch(rows, key);
  return compactBatch(args, rows, minutes, key, dropped);
}

function keyOf({ source, epoch, sequence }: Readonly<Record<string, unknown>>): BatchKey | undefined {
  if (source === undefined && epoch === undefined && sequence === undefined) return undefined;
  if (!isName(source) || !isCount(epoch) || !isCount(sequence) || sequence === 0)
    return refuse('A batch that is to be kept once has `source`, a name, and `epoch` and `sequence`, whole numbers.');
  return { source, epoch, sequence };
}

function objectBatch(rows: readonly unknown[], key: BatchKey | undefined): Batch {
  const places = new Map<string, number>();
  const series: Series[] = [];
  const placed = rows.map((value, index): Row => {
    const where = `Row ${index}`;
    if (!isObject(value)) return refuse(`${where} must be { service, value, at }.`);
    const { service, node = '', unit = '', labels = {}, at, value: measured, ...rest } = value;
    const { source: _, epoch: __, sequence: ___, ...extras } = rest;
    const own = seriesOf([service, node, unit, labels], where);
    const text = seriesText(own);
    const place = places.get(text) ?? series.push(own) - 1;
    places.set(text, place);
    return rowOf(place, at, measured, Object.keys(extras).length === 0 ? undefined : extras, where);
  });
  return { key, series, rows: placed, minutes: [], dropped: 0 };
}

function compactBatch(
  { series, from = 0 }: Readonly<Record<string, unknown>>,
  rows: readonly unknown[],
  minutes: readonly unknown[],
  key: BatchKey | undefined,
  dropped: number,
): Batch {
  if (!Array.isArray(series) || series.length === 0 || series.length > MAX_BATCH_SERIES)
    return refuse(`\`series\` must be a list of 1 to ${MAX_BATCH_SERIES} of [service, node, unit, labels?].`);
  if (typeof from !== 'number') return refuse('`from` must be a time in ms since 1970.');
  const known = series.map((one, index) =>
    Array.isArray(one) ? seriesOf(one, `Series ${index}`) : refuse(`Series ${index} must be [service, node, unit].`),
  );
  const place = (value: unknown, where: string): number =>
    isCount(value) && value < known.length ? value : refuse(`${where}: there is no series ${String(value)}.`);
  return {
    key,
    series: known,
    rows: rows.map((row, index) => {
      const where = `Row ${index}`;
      if (!Array.isArray(row)) return refuse(`${where} must be [series, at, value].`);
      return rowOf(place(row[0], where), plus(from, row[1]), row[2], row[3], where);
    }),
    minutes: minutes.map((row, index) => {
      const where = `Minute ${index}`;
      if (!Array.isArray(row)) return refuse(`${where} must be [series, at, count, sum, min, max, last, lastAt].`);
      return minuteOf(place(row[0], where), from, row, where);
    }),
    dropped,
  };
}

const plus = (from: number, offset: unknown): unknown => (typeof offset === 'number' ? from + offset : offset);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function seriesOf([service, node = '', unit = '', labels = {}]: readonly unknown[], where: string): Series {
  if (!isName(service)) return refuse(`${where}: \`service\` must be a name of 1 to 64 characters.`);
  if (!isLabelValue(node)) return refuse(`${where}: \`node\` must be a name of at most 64 characters.`);
  if (!isLabelValue(unit)) return refuse(`${where}: \`unit\` must be a text of at most 64 characters.`);
  if (!isLabels(labels)) return refuse(`${where}: \`labels\` must be at most ${MAX_EXTRAS} names with texts.`);
  return { service, node, unit, labels };
}

export const isLabels = (value: unknown): value is Labels =>
  isObject(value) &&
  Object.keys(value).length <= MAX_EXTRAS &&
  Object.entries(value).every(([key, text]) => isName(key) && isLabelValue(text));

function rowOf(place: number, at: unknown, value: unknown, extras: unknown, where: string): Row {
  const time = timeOf(at, `${where}: \`at\``);
  if (!isScalar(value)) return refuse(`${where}: \`value\` must be a number, a text, true, false or null.`);
  if (extras === undefined || extras === null) return [place, time, value];
  if (!isExtras(extras))
    return refuse(`${where}: at most ${MAX_EXTRAS} more fields, with texts, numbers, true, false or null.`);
  return [place, time, value, extras];
}

function minuteOf(place: number, from: number, row: readonly unknown[], where: string): MinuteRow {
  const at = timeOf(plus(from, row[1]), where);
  const lastAt = timeOf(plus(from, row[7]), where);
  const [count, ...numbers] = row.slice(2, 7);
  if (!isCount(count) || count === 0 || !numbers.every(isNumber) || at % MINUTE !== 0 || lastAt - at >= MINUTE)
    return refuse(`${where} must be [series, at, count, sum, min, max, last, lastAt] of one whole minute.`);
  const [sum = 0, min = 0, max = 0, last = 0] = numbers;
  return [place, at, { count, sum, min, max, last, lastAt }];
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function timeOf(at: unknown, where: string): number {
  if (!isNumber(at) || at < 0 || at > MAX_AT) return refuse(`${where} must be a time in ms since 1970.`);
  return Math.round(at);
}

export const isScalar = (value: unknown): value is Scalar =>
  value === null ||
  typeof value === 'boolean' ||
  isNumber(value) ||
  (typeof value === 'string' && value.length <= MAX_FIELD_TEXT);

const isExtras = (value: unknown): value is Readonly<Record<string, Scalar>> =>
  isObject(value) && Object.keys(value).length <= MAX_EXTRAS && Object.values(value).every(isScalar);

/** The compact form, which {@link parseBatch} reads as the same batch. */
export function batchArgs({ key, series, rows, minutes, dropped }: Batch): Readonly<Record<string, unknown>> {
  const from = rows[0]?.[1] ?? minutes[0]?.[1] ?? 0;
  return {
    ...key,
    from,
    series: series.map(({ service, node, unit, labels }) =>
      Object.keys(labels).length === 0 ? [service, node, unit] : [service, node, unit, labels],
    ),
    rows: rows.map(([place, at, value, extras]) =>
      extras === undefined ? [place, at - from, value] : [place, at - from, value, extras],
    ),
    ...(minutes.length === 0
      ? {}
      : {
          minutes: minutes.map(([place, at, { count, sum, min, max, last, lastAt }]) => [
            place,
            at - from,
            count,
            sum,
            min,
            max,
            last,
            lastAt - from,
          ]),
        }),
    ...(dropped === 0 ? {} : { dropped }),
  };
}
