/**
 * The embedded engine: one SQLite file in WAL mode, written by one process. Synchronous: it blocks its thread while the disk
 * works, which is why a node runs it in a thread of its own (threaded.ts).
 *
 * `synchronous = FULL`: a batch that was answered for is on the disk, also when the power fails. `NORMAL` would keep it over
 * the death of the process alone.
 *
 * @module
 */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TdosError } from '../../../base/errors.ts';
import type {
  Appended,
  Batch,
  EngineStats,
  LatestRow,
  Page,
  Point,
  PointsQuestion,
  Retention,
  Row,
  RowsQuestion,
  SeriesFilter,
  SeriesInfo,
} from '../../../services/storage/model.ts';
import { makeFolder, syncFolder } from '../files.ts';
import { dropLock, takeLock } from '../lock.ts';
import { Checker, type DamagedHour } from './sqlite-check.ts';
import { sqliteError } from './sqlite-faults.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { pruneSqlite } from './sqlite-retention.ts';
import { migrate, pragma } from './sqlite-schema.ts';
import { SeriesTable } from './sqlite-series.ts';
import { SqliteWriter } from './sqlite-writer.ts';

export interface SqliteOptions {
  readonly path: string;
  /** The first rule that a series matches is its own. @default everything is kept for ever */
  readonly retention?: readonly Retention[];
  /** @default 'FULL' */
  readonly synchronous?: 'FULL' | 'NORMAL';
}

/** KiB of pages in memory: the right edge of 2000 series fits. */
const CACHE_KIB = 32_768;
/** Bytes that the log of changes keeps on the disk between check points. */
const MAX_WAL = 16 * 1024 * 1024;
/** Readings that are looked at for damage each time: a quarter of a second. */
const CHECKED = 250_000;
/** Damaged hours that are counted. */
const MAX_DAMAGED = 10_000;
/** ms to wait for a program that reads the file by itself. */
const BUSY_MS = 2000;

export class SqliteStore {
  readonly db: DatabaseSync;
  readonly series: SeriesTable;
  private readonly path: string;
  private readonly options: SqliteOptions;
  private readonly writer: SqliteWriter;
  private readonly reader: SqliteReader;
  private readonly checker: Checker;
  /** Hours that were found damaged, by series and hour. */
  private readonly damaged = new Map<string, DamagedHour>();
  private isClosed = false;

  /**
   * Opens the file, or makes it.
   *
   * @param now - ms since 1970.
   * @throws TdosError HOST when it cannot be read or written, is damaged, or belongs to another process.
   */
  constructor(options: SqliteOptions, now: () => number = Date.now) {
    const { path } = options;
    this.path = path;
    this.options = options;
    claim(path);
    try {
      this.db = open(options);
      this.series = new SeriesTable(this.db);
      this.writer = new SqliteWriter(this.db, this.series, now);
      this.reader = new SqliteReader(this.db, this.series);
      this.checker = new Checker(this.db);
    } catch (error) {
      dropLock(`${path}.lock`);
      throw sqliteError('The storage cannot be opened:', path, error);
    }
  }

  /** All in one transaction, durable when this returns. @throws TdosError HOST; nothing is kept then. */
  appendAll(batches: readonly Batch[]): (Appended | TdosError)[] {
    return this.guard('The rows cannot be written to', () => this.writer.appendAll(batches));
  }

  rows(question: RowsQuestion): Page<Row> {
    return this.read(() => this.reader.rows(question));
  }

  points(question: PointsQuestion): Page<Point> {
    return this.read(() => this.reader.points(question));
  }

  latest(filter: SeriesFilter, limit: number): readonly LatestRow[] {
    return this.read(() => this.reader.latest(filter, limit));
  }

  infos(filter: SeriesFilter): readonly SeriesInfo[] {
    return this.read(() => this.reader.infos(filter));
  }

  stats(): EngineStats {
    return this.read(() => {
      const counters = new Map(
        this.db
          .prepare('SELECT name, value FROM counters')
          .all()
          .map(({ name, value }) => [name, Number(value)]),
      );
      const [wal] = [`${this.path}-wal`].filter(existsSync).map((path) => statSync(path).size);
      return {
        engine: 'sqlite',
        series: this.series.size,
        rows: counters.get('rows') ?? 0,
        bytes: pragma(this.db, 'page_count') * pragma(this.db, 'page_size') + (wal ?? 0),
        keys: Number(this.db.prepare('SELECT count(*) AS keys FROM sources').get()?.keys ?? 0),
        rolledUp: counters.get('rolled_up') ?? 0,
        dropped: counters.get('dropped') ?? 0,
        repeated: this.writer.repeated,
        damagedHours: this.damaged.size,
      };
    });
  }

  /** Forgets a piece of what is too old; when there is none, looks at a piece of what is kept. */
  prune(now: number): boolean {
    const { retention = [] } = this.options;
    return this.guard('Old rows cannot be taken from', () => {
      if (pruneSqlite(this.db, this.series, retention, now)) return true;
      for (const hour of this.checker.step(CHECKED).damaged) {
        if (this.damaged.size < MAX_DAMAGED) this.damaged.set(`${hour.series}.${hour.at}`, hour);
      }
      return false;
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      this.db.close();
    } finally {
      dropLock(`${this.path}.lock`);
    }
  }

  private read<Result>(run: () => Result): Result {
    return this.guard('The storage cannot be read:', run);
  }

  private guard<Result>(what: string, run: () => Result): Result {
    if (this.isClosed) throw new TdosError('CLOSED');
    try {
      return run();
    } catch (error) {
      throw sqliteError(what, this.path, error);
    }
  }
}

/** Makes the file this process's. Two writers would each keep series that the other does not know. */
function claim(path: string): void {
  try {
    makeFolder(dirname(path));
    const owner = takeLock(`${path}.lock`);
    if (owner === undefined) return;
    throw new TdosError(
      'HOST',
      `The storage ${path} is used by another process (pid ${owner.pid}). Stop that one, or give another --name.`,
    );
  } catch (error) {
    throw sqliteError('The storage cannot be opened:', path, error);
  }
}

function open({ path, synchronous = 'FULL' }: SqliteOptions): DatabaseSync {
  const isNew = !existsSync(path);
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    if (isNew) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(`PRAGMA synchronous = ${synchronous}`);
    db.exec(`PRAGMA cache_size = ${-CACHE_KIB}`);
    db.exec(`PRAGMA journal_size_limit = ${MAX_WAL}`);
    migrate(db, path);
    if (isNew) syncFolder(dirname(path));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
