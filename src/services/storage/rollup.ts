/**
 * Roll-ups: what is left of many numbers in a span of time, and how two such become one.
 *
 * @module
 */
import type { Batch, Summary } from './model.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Steps that a person can read off an axis, ms. */
const STEPS: readonly number[] = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1000,
  2000,
  5000,
  10_000,
  15_000,
  30_000,
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((days) => days * DAY),
];

/** The smallest readable step that cuts a span into at most so many points. */
export function stepFor(spanMs: number, points: number): number {
  const least = spanMs / points;
  return STEPS.find((step) => step >= least) ?? Math.ceil(least / (365 * DAY)) * 365 * DAY;
}

/** The beginning of the bucket that `at` is in. */
export const bucketOf = (at: number, step: number, origin: number): number =>
  Math.floor((at - origin) / step) * step + origin;

export const summaryOf = (at: number, value: number): Summary => ({
  count: 1,
  sum: value,
  min: value,
  max: value,
  last: value,
  lastAt: at,
});

/** Both together; of two that are equally new, `b` is the last. */
export function merge(a: Summary | undefined, b: Summary): Summary {
  if (a === undefined) return b;
  const isNewer = b.lastAt >= a.lastAt;
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    last: isNewer ? b.last : a.last,
    lastAt: isNewer ? b.lastAt : a.lastAt,
  };
}

/** The numbers of a batch by series and bucket: `each` is called once for each of them. */
export function rollUp(
  batch: Pick<Batch, 'rows' | 'minutes'>,
  step: number,
  each: (series: number, at: number, summary: Summary) => void,
): void {
  const series = new Map<number, Map<number, Summary>>();
  const add = (index: number, at: number, summary: Summary): void => {
    const buckets = series.get(index) ?? new Map<number, Summary>();
    if (buckets.size === 0) series.set(index, buckets);
    const bucket = Math.floor(at / step) * step;
    buckets.set(bucket, merge(buckets.get(bucket), summary));
  };
  for (const [index, at, summary] of batch.minutes) add(index, at, summary);
  for (const [index, at, value] of batch.rows) if (typeof value === 'number') add(index, at, summaryOf(at, value));
  for (const [index, buckets] of series) for (const [at, summary] of buckets) each(index, at, summary);
}
