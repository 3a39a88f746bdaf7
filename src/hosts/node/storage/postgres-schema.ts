/**
 * The tables of the PostgreSQL engine, in a schema of their own, and how older ones become new ones.
 *
 * Readings are parted by month, so that PostgreSQL's own tools can detach, archive or drop one. `value` is a number; texts, true and
 * false are JSON in `other`.
 *
 * @module
 */
import type { Sql, TransactionSql } from 'postgres';

const SUMMARY = `count bigint NOT NULL, sum float8 NOT NULL, min float8 NOT NULL, max float8 NOT NULL,
  last float8 NOT NULL, last_at integer NOT NULL`;

/** Each makes the version after its place. They are never changed; a new one is added. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE tdos.series (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service text NOT NULL, node text NOT NULL, unit text NOT NULL, labels text NOT NULL,
    UNIQUE (service, node, unit, labels)
  );
  CREATE SEQUENCE tdos.reading_id;
  CREATE TABLE tdos.readings (
    series integer NOT NULL, at timestamptz NOT NULL, id bigint NOT NULL DEFAULT nextval('tdos.reading_id'),
    value float8, other jsonb, extras jsonb
  ) PARTITION BY RANGE (at);
  CREATE INDEX readings_by_time ON tdos.readings (series, at, id);
  CREATE TABLE tdos.readings_other PARTITION OF tdos.readings DEFAULT;
  CREATE TABLE tdos.minutes (series integer NOT NULL, slot bigint NOT NULL, ${SUMMARY}, PRIMARY KEY (series, slot));
  CREATE TABLE tdos.hours (series integer NOT NULL, slot bigint NOT NULL, ${SUMMARY}, PRIMARY KEY (series, slot));
  CREATE TABLE tdos.sources (
    source text NOT NULL, epoch bigint NOT NULL, sequence bigint NOT NULL, used timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, epoch)
  );
  CREATE TABLE tdos.counters (name text PRIMARY KEY, value bigint NOT NULL);
  INSERT INTO tdos.counters VALUES ('rows', 0), ('rolled_up', 0), ('dropped', 0);
  `,
];

/** Holds while tables are made: "TDOS". */
const LOCK = 0x54444f53;

/** Brings the tables to this version. Of several nodes that start at once, one does, and the others wait. */
export async function migratePostgres(sql: Sql): Promise<void> {
  await locked(sql, async (tx) => {
    await tx.unsafe(`CREATE SCHEMA IF NOT EXISTS tdos;
      CREATE TABLE IF NOT EXISTS tdos.migrations (version integer PRIMARY KEY, done timestamptz NOT NULL DEFAULT now())`);
    const [{ version } = { version: 0 }] = await tx`SELECT coalesce(max(version), 0) AS version FROM tdos.migrations`;
    for (const [index, step] of MIGRATIONS.entries()) {
      if (index < Number(version)) continue;
      await tx.unsafe(step);
      await tx`INSERT INTO tdos.migrations (version) VALUES (${index + 1})`;
    }
  });
}

/** The first ms of the years that have a part for each month. What lies outside is in `readings_other`. */
const FIRST = Date.UTC(2000);
const END = Date.UTC(2100);

/** Makes the parts of the months that the moments are in, but for those known. */
export async function makeParts(sql: Sql, moments: Iterable<number>, known: Set<string>): Promise<void> {
  const missing = new Map<string, number>();
  for (const at of moments) {
    if (at < FIRST || at >= END) continue;
    const month = new Date(at).toISOString().slice(0, 7);
    if (!known.has(month)) missing.set(month, at);
  }
  for (const [month, at] of missing) {
    const date = new Date(at);
    const next = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)).toISOString().slice(0, 10);
    await locked(sql, (tx) =>
      tx.unsafe(`CREATE TABLE IF NOT EXISTS tdos.readings_${month.replace('-', '_')} PARTITION OF tdos.readings
        FOR VALUES FROM ('${month}-01 00:00Z') TO ('${next} 00:00Z')`),
    );
    known.add(month);
  }
}

async function locked(sql: Sql, run: (tx: TransactionSql) => Promise<unknown>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${LOCK})`;
    await run(tx);
  });
}
