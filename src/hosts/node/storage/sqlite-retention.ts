/**
 * Forgetting what is older than the rules of retention say, a piece at a time, so that appends need not wait.
 *
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import { matches, type Retention } from '../../../services/storage/model.ts';
import { HOUR, MINUTE } from '../../../services/storage/rollup.ts';
import type { SeriesTable } from './sqlite-series.ts';

/** Rows that one transaction forgets, and pages that one gives back to the disk. */
const PIECE = 20_000;

/** A table, the column of its time, and the unit of that. */
const TABLES = [
  { table: 'readings', column: 'at', unit: 1, key: 'rows' },
  { table: 'minutes', column: 'minute', unit: MINUTE, key: 'minutes' },
  { table: 'hours', column: 'hour', unit: HOUR, key: 'hours' },
] as const;

/** Forgets a piece of what is too old; true when there is more. Whole hours go, so that their checksums stay true. */
export function pruneSqlite(db: DatabaseSync, series: SeriesTable, rules: readonly Retention[], now: number): boolean {
  for (const known of series.unsorted({})) {
    const rule = rules.find(({ filter }) => matches(known, filter));
    for (const { table, column, unit, key } of TABLES) {
      const keepMs = rule?.[key];
      if (keepMs === undefined) continue;
      const before = (Math.floor((now - keepMs) / HOUR) * HOUR) / unit;
      if (forget(db, known.id, table, column, before)) return true;
    }
  }
  db.exec(`PRAGMA incremental_vacuum(${PIECE})`);
  return false;
}

function forget(db: DatabaseSync, id: number, table: string, column: string, before: number): boolean {
  const piece = `FROM ${table} WHERE series = ? AND ${column} < ? ORDER BY ${column} LIMIT ${PIECE}`;
  const { last, count } =
    db.prepare(`SELECT max(t) AS last, count(*) AS count FROM (SELECT ${column} AS t ${piece})`).get(id, before) ?? {};
  if (typeof last !== 'number') return false;
  // Whole hours: up to the end of the one that the piece ends in.
  const hour = table === 'readings' ? HOUR : 1;
  const end = Math.min(before, (Math.floor(last / hour) + 1) * hour);
  db.exec('BEGIN IMMEDIATE');
  try {
    const gone = db.prepare(`DELETE FROM ${table} WHERE series = ? AND ${column} < ?`).run(id, end).changes;
    if (table === 'readings') {
      db.prepare('DELETE FROM extras WHERE series = ? AND at < ?').run(id, end);
      db.prepare('UPDATE hours SET readings = 0, checksum = 0 WHERE series = ? AND hour < ?').run(id, end / HOUR);
      db.prepare("UPDATE counters SET value = value - ? WHERE name = 'rows'").run(gone);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
  return Number(count) >= PIECE;
}
