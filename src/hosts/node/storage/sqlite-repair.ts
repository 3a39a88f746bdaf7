/**
 * Checks a SQLite store from end to end, and makes a new one of what can be read of a damaged one. Nothing is thrown away: the
 * damaged file is kept beside the new one.
 *
 * @module
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { TdosError } from '../../../base/errors.ts';
import { MAX_AT } from '../../../services/storage/batch.ts';
import type { Row, Scalar, Series } from '../../../services/storage/model.ts';
import { HOUR } from '../../../services/storage/rollup.ts';
import { dropLock, takeLock } from '../lock.ts';
import { SqliteStore } from './sqlite.ts';
import { Checker, type DamagedHour } from './sqlite-check.ts';
import { sqliteError } from './sqlite-faults.ts';
import { scalarOf } from './sqlite-values.ts';

export interface CheckReport {
  readonly rows: number;
  readonly damaged: readonly DamagedHour[];
  /** What SQLite says of the file's structure; empty when it is sound. */
  readonly structure: readonly string[];
}

export interface RepairReport {
  /** Readings in the new file. */
  readonly kept: number;
  /** Readings that the damaged file once had and that could not be read; undefined when it does not say how many it had. */
  readonly lost: number | undefined;
  /** Where the damaged file is now. */
  readonly aside: string;
}

/** Readings looked at, or copied, at a time. */
const PIECE = 50_000;
const COPIED = 2000;

/** @throws TdosError HOST when the file is not there, or is too damaged to be read at all. */
export function checkSqlite(path: string): CheckReport {
  return withFile(path, (db) => {
    const damaged: DamagedHour[] = [];
    const structure: string[] = [];
    try {
      const lines = db
        .prepare('PRAGMA integrity_check(10)')
        .all()
        .map((line) => String(Object.values(line)[0]));
      structure.push(...lines.filter((line) => line !== 'ok'));
      const checker = new Checker(db);
      for (let isEnd = false; !isEnd; ) {
        const part = checker.step(PIECE);
        damaged.push(...part.damaged);
        isEnd = part.isEnd;
      }
    } catch (error) {
      structure.push(error instanceof Error ? error.message : String(error));
    }
    return { rows: countOf(db) ?? 0, damaged, structure };
  });
}

/**
 * Copies all that can be read into a new file, and puts that in the place of the damaged one.
 *
 * @throws TdosError HOST when a node uses the file, or it cannot be read at all.
 */
export function repairSqlite(path: string): RepairReport {
  const owner = takeLock(`${path}.lock`);
  if (owner !== undefined)
    throw new TdosError('HOST', `The storage ${path} is in use (pid ${owner.pid}). Stop that node first.`);
  try {
    const part = `${path}.repaired`;
    for (const end of ENDS) rmSync(part + end, { force: true });
    const had = withFile(path, (db) => copy(db, part));
    const aside = freeName(path);
    for (const end of ENDS) if (existsSync(path + end)) renameSync(path + end, aside + end);
    renameSync(part, path);
    return { ...had, aside };
  } finally {
    dropLock(`${path}.lock`);
  }
}

const ENDS = ['', '-wal', '-shm'] as const;

function freeName(path: string): string {
  for (let number = 1; ; number++) {
    const name = `${path}.damaged-${number}`;
    if (!existsSync(name)) return name;
  }
}

function withFile<Result>(path: string, use: (db: DatabaseSync) => Result): Result {
  if (!existsSync(path)) throw new TdosError('HOST', `There is no file ${path}. \`tdos storage\` makes one.`);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec('SELECT count(*) FROM sqlite_schema');
    return use(db);
  } catch (error) {
    if (error instanceof Error && /not a database|malformed/.test(error.message))
      throw new TdosError(
        'HOST',
        `Nothing of ${path} can be read: ${error.message}. Move it away, and start with a copy, or anew.`,
      );
    throw sqliteError('The storage cannot be read:', path, error);
  } finally {
    db?.close();
  }
}

function copy(from: DatabaseSync, part: string): { readonly kept: number; readonly lost: number | undefined } {
  const to = new SqliteStore({ path: part, synchronous: 'NORMAL' });
  try {
    for (const [id, series] of seriesOf(from)) copySeries(from, to, id, series);
    const kept = to.stats().rows;
    copyRollUps(from, to);
    // Keys that cannot be read cost nothing but that a batch under way may come twice.
    attempt(() => copyTable(from, to, 'sources', 4));
    attempt(() => copyTable(from, to, 'counters', 2, "WHERE name <> 'rows'"));
    const had = countOf(from);
    return { kept, lost: had === undefined ? undefined : Math.max(0, had - kept) };
  } finally {
    to.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    to.close();
  }
}

/** Names by number; where the names cannot be read, the numbers stand for them. */
function seriesOf(db: DatabaseSync): Map<number, Series> {
  const found = new Map<number, Series>();
  attempt(() => {
    for (const { id, service, node, unit, labels } of db.prepare('SELECT * FROM series').iterate())
      found.set(Number(id), {
        ...{ service: String(service), node: String(node), unit: String(unit) },
        labels: JSON.parse(String(labels)) as Record<string, string>,
      });
  });
  attempt(() => {
    for (const { series } of db.prepare('SELECT DISTINCT series FROM hours').iterate())
      if (!found.has(Number(series)))
        found.set(Number(series), { service: `lost-name-${series}`, node: '', unit: '', labels: {} });
  });
  return found;
}

/** Hour by hour, so that a damaged place costs what is near it. */
function copySeries(from: DatabaseSync, to: SqliteStore, id: number, series: Series): void {
  const hours = hoursOf(from, id);
  // Where nothing says which hours there are, all is one span.
  const spans = hours.length > 0 ? hours.map((hour) => [hour, hour + HOUR] as const) : [[0, MAX_AT] as const];
  for (const [start, end] of spans) {
    const rows = readSpan(from, id, start, end);
    for (let first = 0; first < rows.length; first += COPIED) {
      const part = rows.slice(first, first + COPIED);
      to.appendAll([{ key: undefined, series: [series], rows: part, minutes: [], dropped: 0 }]);
    }
  }
}

/** From the beginning as far as it goes, then from the end. */
function readSpan(db: DatabaseSync, id: number, start: number, end: number): Row[] {
  const rows = new Map<string, Row>();
  const extras = new Map<string, SQLOutputValue>();
  attempt(() => {
    const found = db.prepare('SELECT at, n, fields FROM extras WHERE series = ? AND at >= ? AND at < ?');
    for (const { at, n, fields = '' } of found.iterate(id, start, end)) extras.set(`${at}.${n}`, fields);
  });
  const read = (order: 'ASC' | 'DESC'): boolean => {
    const text = `SELECT at, n, value FROM readings WHERE series = ? AND at >= ? AND at < ? ORDER BY at ${order}, n ${order}`;
    return attempt(() => {
      for (const { at, n, value } of db.prepare(text).iterate(id, start, end)) {
        const row = rowOf(Number(at), value, extras.get(`${at}.${n}`));
        if (row !== undefined) rows.set(`${at}.${n}`, row);
      }
    });
  };
  if (!read('ASC')) read('DESC');
  return [...rows.values()].sort((a, b) => a[1] - b[1]);
}

/** Undefined for one that makes no sense. */
function rowOf(at: number, value: SQLOutputValue | undefined, fields: SQLOutputValue | undefined): Row | undefined {
  if (!Number.isSafeInteger(at)) return undefined;
  let row: Row | undefined;
  attempt(() => {
    row = [0, at, scalarOf(value)];
    if (fields !== undefined) row = [0, at, row[2], JSON.parse(String(fields)) as Record<string, Scalar>];
  });
  return row;
}

/** Hours of which a roll-up says that they hold readings. */
function hoursOf(db: DatabaseSync, id: number): number[] {
  const hours = new Set<number>();
  const read = (text: string): boolean =>
    attempt(() => {
      for (const { hour } of db.prepare(text).iterate(id))
        if (Number.isSafeInteger(hour)) hours.add(Number(hour) * HOUR);
    });
  read('SELECT hour FROM hours WHERE series = ? ORDER BY hour');
  read('SELECT hour FROM hours WHERE series = ? ORDER BY hour DESC');
  read('SELECT DISTINCT minute / 60 AS hour FROM minutes WHERE series = ?');
  return [...hours].sort((a, b) => a - b);
}

/** Roll-ups of readings that are not kept one by one: pruned, rolled up by a logger, or lost here. */
function copyRollUps(from: DatabaseSync, to: SqliteStore): void {
  const names = seriesOf(from);
  for (const [table, column] of [
    ['minutes', 'minute'],
    ['hours', 'hour'],
  ]) {
    const put = to.db.prepare(
      `INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?${table === 'hours' ? ', 0, 0' : ''}) ON CONFLICT DO UPDATE SET
       count = excluded.count, sum = excluded.sum, min = excluded.min, max = excluded.max, last = excluded.last,
       last_at = excluded.last_at WHERE excluded.count > count`,
    );
    attempt(() => {
      to.db.exec('BEGIN');
      for (const row of from.prepare(`SELECT * FROM ${table} WHERE count > 0`).iterate()) {
        const series = names.get(Number(row.series));
        if (series === undefined) continue;
        const { count = 0, sum = 0, min = 0, max = 0, last = null, last_at = 0 } = row;
        put.run(to.series.idOf(series), row[column ?? ''] ?? 0, count, sum, min, max, last, last_at);
      }
    });
    to.db.exec('COMMIT');
  }
}

function copyTable(from: DatabaseSync, to: SqliteStore, table: string, columns: number, where = ''): void {
  const put = to.db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`);
  for (const row of from.prepare(`SELECT * FROM ${table} ${where}`).iterate()) put.run(...Object.values(row));
}

function countOf(db: DatabaseSync): number | undefined {
  let count: number | undefined;
  attempt(() => {
    const value = db.prepare("SELECT value FROM counters WHERE name = 'rows'").get()?.value;
    if (typeof value === 'number') count = value;
  });
  return count;
}

/** False when something could not be read: it is left out. */
function attempt(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    // A fault of the new file is no damage of the old one.
    if (error instanceof TdosError) throw error;
    return false;
  }
}
