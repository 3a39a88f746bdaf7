/**
 * Batches into SQLite: several in one transaction, with the roll-ups of their minutes and hours.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { TdosError } from '../../../base/errors.ts';
import { type Appended, type Batch, type BatchKey, MAX_EPOCHS, type Scalar } from '../../../services/storage/model.ts';
import { MINUTE } from '../../../services/storage/rollup.ts';
import { checksum } from './checksum.ts';
import { RollUps } from './sqlite-rollups.ts';
import type { SeriesTable } from './sqlite-series.ts';
import { keptValue } from './sqlite-values.ts';

/** Readings that go in by one statement: calls from JavaScript cost as much as what they do. */
const TOGETHER = 32;

export class SqliteWriter {
  /** Batches that came again. */
  repeated = 0;
  private readonly db: DatabaseSync;
  private readonly series: SeriesTable;
  private readonly now: () => number;
  private readonly rollUps: RollUps;
  /** The newest reading of each series that was written to: what is newer has its moment for itself. */
  private readonly newest = new Map<number, number>();
  private readonly sql: Readonly<Record<keyof typeof SQL, StatementSync>>;
  /** Parameters of readings that wait to go in together. */
  private waiting: (number | null | Buffer)[] = [];

  /** @param now - ms since 1970. */
  constructor(db: DatabaseSync, series: SeriesTable, now: () => number) {
    this.db = db;
    this.series = series;
    this.now = now;
    this.rollUps = new RollUps(db);
    const prepare = (text: string): StatementSync => db.prepare(text);
    this.sql = {
      reading: prepare(SQL.reading),
      readings: prepare(SQL.readings),
      another: prepare(SQL.another),
      newest: prepare(SQL.newest),
      extras: prepare(SQL.extras),
      known: prepare(SQL.known),
      source: prepare(SQL.source),
      forget: prepare(SQL.forget),
      count: prepare(SQL.count),
    };
  }

  /**
   * All of the batches in one transaction. One that names too many series is refused by itself.
   *
   * @throws SQLite's error; nothing is kept then.
   */
  appendAll(batches: readonly Batch[]): (Appended | TdosError)[] {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const totals = { rows: 0, rolled_up: 0, dropped: 0 };
      const results = batches.map((batch) => this.append(batch, totals));
      this.rollUps.write();
      for (const [name, value] of Object.entries(totals)) if (value > 0) this.sql.count.run(value, name);
      this.db.exec('COMMIT');
      this.repeated += results.filter((result) => !(result instanceof TdosError) && result.repeated).length;
      return results;
    } catch (error) {
      this.takeBack();
      throw error;
    }
  }

  /** Forgets what memory knows of a transaction that is not to be. */
  private takeBack(): void {
    this.rollUps.clear();
    this.newest.clear();
    this.waiting = [];
    // A full disk ends the transaction by itself.
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
    this.series.reload();
  }

  private append(batch: Batch, totals: { rows: number; rolled_up: number; dropped: number }): Appended | TdosError {
    const { key, rows, minutes, dropped } = batch;
    if (key !== undefined && this.isKnown(key)) return { stored: 0, repeated: true };
    let ids: readonly number[];
    try {
      ids = batch.series.map((series) => this.series.idOf(series));
    } catch (error) {
      if (error instanceof TdosError) return error;
      throw error;
    }
    const idOf = (place: number): number => ids[place] ?? 0;
    for (const [place, at, value, extras] of rows) this.put(idOf(place), at, value, extras);
    this.flush();
    for (const [place, at, summary] of minutes) {
      this.rollUps.addMinute(idOf(place), Math.floor(at / MINUTE), summary);
      totals.rolled_up += summary.count;
    }
    if (key !== undefined) this.remember(key);
    totals.rows += rows.length;
    totals.dropped += dropped;
    return { stored: rows.length + minutes.length, repeated: false };
  }

  private put(id: number, at: number, value: Scalar, extras: object | undefined): void {
    const kept = keptValue(value);
    const newest = this.newestOf(id);
    this.rollUps.add(id, at, value, checksum(at, value));
    if (at > newest) {
      this.newest.set(id, at);
      if (extras === undefined) {
        this.waiting.push(id, at, 0, kept);
        if (this.waiting.length >= 4 * TOGETHER) {
          this.sql.readings.run(...this.waiting);
          this.waiting = [];
        }
        return;
      }
    }
    this.flush();
    let n = 0;
    if (this.sql.reading.run(id, at, 0, kept).changes === 0) {
      n = Number(this.sql.another.get(id, at)?.n ?? 0) + 1;
      this.sql.reading.run(id, at, n, kept);
    }
    if (extras !== undefined) this.sql.extras.run(id, at, n, JSON.stringify(extras));
  }

  private flush(): void {
    for (let at = 0; at < this.waiting.length; at += 4) this.sql.reading.run(...this.waiting.slice(at, at + 4));
    this.waiting = [];
  }

  private newestOf(id: number): number {
    const known = this.newest.get(id);
    if (known !== undefined) return known;
    const newest = Number(this.sql.newest.get(id)?.at ?? -1);
    this.newest.set(id, newest);
    return newest;
  }

  private isKnown({ source, epoch, sequence }: BatchKey): boolean {
    const last = this.sql.known.get(source, epoch)?.sequence;
    return last !== undefined && sequence <= Number(last);
  }

  private remember({ source, epoch, sequence }: BatchKey): void {
    const isNew = this.sql.known.get(source, epoch) === undefined;
    this.sql.source.run(source, epoch, sequence, this.now());
    if (isNew) this.sql.forget.run(source, source, MAX_EPOCHS);
  }
}

const SQL = {
  reading: 'INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?)',
  readings: `INSERT INTO readings VALUES ${Array(TOGETHER).fill('(?, ?, ?, ?)').join(', ')}`,
  another: 'SELECT max(n) AS n FROM readings WHERE series = ? AND at = ?',
  newest: 'SELECT max(at) AS at FROM readings WHERE series = ?',
  extras: 'INSERT INTO extras VALUES (?, ?, ?, ?)',
  known: 'SELECT sequence FROM sources WHERE source = ? AND epoch = ?',
  source: `INSERT INTO sources VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET sequence = excluded.sequence, used = excluded.used`,
  forget: `DELETE FROM sources WHERE source = ? AND epoch NOT IN
    (SELECT epoch FROM sources WHERE source = ? ORDER BY used DESC, epoch DESC LIMIT ?)`,
  count: 'UPDATE counters SET value = value + ? WHERE name = ?',
} as const;
