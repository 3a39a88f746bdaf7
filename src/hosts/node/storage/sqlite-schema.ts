/**
 * The tables of the embedded engine, and how older ones become new ones.
 *
 * Readings lie by series and time, without a row id, so that one takes 24 bytes before the tree's own slack. Minutes and hours are
 * roll-ups of the numbers among them; an hour also has the count and the checksum of its readings.
 *
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import { TdosError } from '../../../base/errors.ts';

const SUMMARY = `
  count INTEGER NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL, last REAL, last_at INTEGER NOT NULL`;

/** Each makes the version after its place. They are never changed; a new one is added. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    service TEXT NOT NULL, node TEXT NOT NULL, unit TEXT NOT NULL, labels TEXT NOT NULL,
    UNIQUE (service, node, unit, labels)
  ) STRICT;

  -- value: a number; NULL for null; a BLOB with JSON for texts, true and false.
  -- n: 0, or more for further readings of the same moment.
  CREATE TABLE readings (
    series INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL, value REAL,
    PRIMARY KEY (series, at, n)
  ) WITHOUT ROWID;

  -- What else was said of a reading, as JSON.
  CREATE TABLE extras (
    series INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL, fields TEXT NOT NULL,
    PRIMARY KEY (series, at, n)
  ) WITHOUT ROWID, STRICT;

  -- minute, hour: since 1970. last_at: ms within it.
  CREATE TABLE minutes (series INTEGER NOT NULL, minute INTEGER NOT NULL, ${SUMMARY},
    PRIMARY KEY (series, minute)) WITHOUT ROWID;
  CREATE TABLE hours (series INTEGER NOT NULL, hour INTEGER NOT NULL, ${SUMMARY},
    readings INTEGER NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (series, hour)) WITHOUT ROWID;

  -- Which batch of each source was the last, and what the source gave up. used: ms since 1970.
  CREATE TABLE sources (
    source TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (source, epoch)
  ) WITHOUT ROWID, STRICT;

  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  INSERT INTO counters VALUES ('rows', 0), ('rolled_up', 0), ('dropped', 0);
  `,
];

/** What marks a file as ours: "TDOS". */
const APPLICATION = 0x54444f53;

/**
 * Brings the tables to this version, in one transaction.
 *
 * @throws TdosError HOST for a file of another program, or of a later version of this one.
 */
export function migrate(db: DatabaseSync, path: string): void {
  const version = pragma(db, 'user_version');
  const application = pragma(db, 'application_id');
  if (version !== 0 && application !== APPLICATION)
    throw new TdosError('HOST', `${path} is a database of another program. Move it away, or give another --name.`);
  if (version > MIGRATIONS.length)
    throw new TdosError('HOST', `${path} was written by a later version of TDOS. Update this one.`);
  if (version === MIGRATIONS.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

export function pragma(db: DatabaseSync, name: string): number {
  const [value] = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {});
  return Number(value ?? 0);
}
