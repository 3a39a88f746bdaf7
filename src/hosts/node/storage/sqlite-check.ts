/**
 * Are the readings as they were written? An hour that has another number of readings, or another checksum, than it was written
 * with is damaged: bytes on the disk have changed, which SQLite itself does not notice where they are values.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Scalar } from '../../../services/storage/model.ts';
import { HOUR } from '../../../services/storage/rollup.ts';
import { checksum } from './checksum.ts';
import { scalarOf } from './sqlite-values.ts';

/** An hour of a series that is not as it was written. */
export interface DamagedHour {
  readonly series: number;
  /** Its beginning, ms since 1970. */
  readonly at: number;
  /** Readings that were written, and that are there. When they are as many, one was changed. */
  readonly written: number;
  readonly found: number;
}

export class Checker {
  private readonly hours: StatementSync;
  private readonly readings: StatementSync;
  private next: readonly [series: number, hour: number] = [0, 0];

  constructor(db: DatabaseSync) {
    this.hours = db.prepare(
      `SELECT series, hour, readings, checksum FROM hours WHERE (series, hour) >= (?, ?) AND readings > 0
       ORDER BY series, hour LIMIT 100`,
    );
    this.readings = db.prepare('SELECT at, value FROM readings WHERE series = ? AND at >= ? AND at < ?');
  }

  /**
   * Looks at some hours, from where it stopped; after the last comes the first again.
   *
   * @param most - readings to look at, about.
   * @returns the damaged ones, and whether the end was reached.
   * @throws SQLite's error where the structure is damaged.
   */
  step(most: number): { readonly damaged: readonly DamagedHour[]; readonly isEnd: boolean } {
    const damaged: DamagedHour[] = [];
    let seen = 0;
    while (seen < most) {
      const hours = this.hours.all(...this.next);
      for (const { series, hour, readings, checksum: sum } of hours) {
        const [at, id] = [Number(hour) * HOUR, Number(series)];
        const found = this.look(id, at);
        seen += found.count;
        if (found.count !== Number(readings) || found.sum !== Number(sum))
          damaged.push({ series: id, at, written: Number(readings), found: found.count });
        this.next = [id, Number(hour) + 1];
      }
      if (hours.length > 0) continue;
      this.next = [0, 0];
      return { damaged, isEnd: true };
    }
    return { damaged, isEnd: false };
  }

  private look(series: number, from: number): { readonly count: number; readonly sum: number } {
    let count = 0;
    let sum = 0;
    for (const { at, value } of this.readings.iterate(series, from, from + HOUR)) {
      count += 1;
      sum = (sum + checksum(Number(at), readable(value))) >>> 0;
    }
    return { count, sum };
  }
}

/** A text whose JSON is damaged counts as another value. */
function readable(value: Parameters<typeof scalarOf>[0]): Scalar {
  try {
    return scalarOf(value);
  } catch {
    return 'damaged';
  }
}
