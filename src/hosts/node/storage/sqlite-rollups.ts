/**
 * Roll-ups of what one transaction writes, put together in memory and written once for each minute and hour.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Scalar, Summary } from '../../../services/storage/model.ts';
import { HOUR, MINUTE } from '../../../services/storage/rollup.ts';

interface Sums {
  readonly series: number;
  /** Minutes or hours since 1970. */
  readonly at: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number | null;
  lastAt: number;
  readings: number;
  checksum: number;
}

/** More than there are minutes up to the year 9999: parts the two halves of a key. */
const KEYS = 5e9;
const MINUTES_PER_HOUR = HOUR / MINUTE;

export class RollUps {
  private readonly minutes = new Map<number, Sums>();
  private readonly hours = new Map<number, Sums>();
  private readonly minute: StatementSync;
  private readonly hour: StatementSync;

  constructor(db: DatabaseSync) {
    this.minute = db.prepare(`INSERT INTO minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${MERGE}`);
    this.hour = db.prepare(`INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${MERGE},
      readings = readings + excluded.readings, checksum = (checksum + excluded.checksum) & 4294967295`);
  }

  /** A reading that is kept by itself. */
  add(series: number, at: number, value: Scalar, checksum: number): void {
    const hour = sumsOf(this.hours, series, Math.floor(at / HOUR));
    hour.readings += 1;
    hour.checksum = (hour.checksum + checksum) >>> 0;
    if (typeof value !== 'number') return;
    const minute = sumsOf(this.minutes, series, Math.floor(at / MINUTE));
    minute.count += 1;
    minute.sum += value;
    if (value < minute.min) minute.min = value;
    if (value > minute.max) minute.max = value;
    if (at >= minute.lastAt) {
      minute.last = value;
      minute.lastAt = at;
    }
  }

  /** A minute whose readings are not kept. */
  addMinute(series: number, at: number, summary: Summary): void {
    sumsOf(this.hours, series, Math.floor(at / MINUTES_PER_HOUR));
    into(sumsOf(this.minutes, series, at), summary);
  }

  write(): void {
    for (const minute of this.minutes.values()) {
      into(sumsOf(this.hours, minute.series, Math.floor(minute.at / MINUTES_PER_HOUR)), minute);
      this.minute.run(...parameters(minute, MINUTE));
    }
    for (const hour of this.hours.values()) this.hour.run(...parameters(hour, HOUR), hour.readings, hour.checksum);
    this.clear();
  }

  clear(): void {
    this.minutes.clear();
    this.hours.clear();
  }
}

const MERGE = `count = count + excluded.count, sum = sum + excluded.sum,
  min = min(min, excluded.min), max = max(max, excluded.max),
  last = iif(excluded.last_at >= last_at, excluded.last, last), last_at = max(last_at, excluded.last_at)`;

function sumsOf(table: Map<number, Sums>, series: number, at: number): Sums {
  const key = series * KEYS + at;
  const known = table.get(key);
  if (known !== undefined) return known;
  const none = { count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  const sums = { series, at, ...none, last: null, lastAt: -1, readings: 0, checksum: 0 };
  table.set(key, sums);
  return sums;
}

function into(sums: Sums, more: Summary | Sums): void {
  sums.count += more.count;
  sums.sum += more.sum;
  sums.min = Math.min(sums.min, more.min);
  sums.max = Math.max(sums.max, more.max);
  if (more.lastAt < sums.lastAt) return;
  sums.last = more.last;
  sums.lastAt = more.lastAt;
}

/** Of an hour without numbers: -1 as the moment of the last. */
const parameters = ({ series, at, count, sum, min, max, last, lastAt }: Sums, step: number) =>
  [series, at, count, sum, min, max, last, lastAt < 0 ? -1 : lastAt - at * step] as const;
